//! A subject's record was opened: its site and its file are known, and the schedule begins.

use holdpoint_api::enrollment::v1::SubjectScreened;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment, some};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: SubjectScreened) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    let digest = event.protocol.and_then(|protocol| some(protocol.digest));
    change_subject(ctx, tx, (event.trial, event.subject), "screening", |subject| {
        subject.site = some(event.site);
        subject.screened_at = Some(at);
        if subject.protocol.is_none() {
            subject.protocol = digest;
        }
    })
    .await
}
