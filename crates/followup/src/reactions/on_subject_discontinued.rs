//! Treatment ended, or the study did. Ending treatment takes infusions off the calendar and nothing else; only the end of
//! the study ends follow-up (Protocol 4.4, 4.5).

use holdpoint_api::enrollment::v1::SubjectDiscontinued;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::happened::Ended;

/// The axis on which the whole study ends.
const STUDY: &str = "study";

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: SubjectDiscontinued) -> Result<(), ReactError> {
    let ended = Ended { rule: event.rule, at: moment(event.at, "at")? };
    let study = event.axis == STUDY;
    let what = if study { "the study ended" } else { "treatment ended" };
    let why = format!("{what}: rule {}", ended.rule);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        let axis = if study { &mut subject.off_study } else { &mut subject.off_treatment };
        axis.get_or_insert(ended);
    })
    .await
}
