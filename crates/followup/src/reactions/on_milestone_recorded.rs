//! Something happened to a subject, or a record of it was corrected or withdrawn: phases open, end and move with it.

use holdpoint_api::enrollment::v1::MilestoneRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, date, moment};
use crate::ctx::Ctx;
use crate::domain::happened::Occurrence;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: MilestoneRecorded) -> Result<(), ReactError> {
    let at = event.at.map(|at| moment(Some(at), "at")).transpose()?;
    let told =
        Occurrence { event: event.event, date: date(&event.date, "date")?, at, withdrawn: event.withdrawn };
    let what = if told.withdrawn { "withdrawn, which was" } else { "on" };
    let why = format!("{} {what} {}", told.event, told.date);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        subject.milestones.tell(event.milestone.into(), &event.replaces.into(), told);
    })
    .await
}
