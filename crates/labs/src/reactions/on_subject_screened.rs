//! A subject's record was opened: its site and its version of the file are known, and so is who a code names.

use holdpoint_api::enrollment::v1::SubjectScreened;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment, some};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: SubjectScreened) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    let digest = event.protocol.and_then(|protocol| some(protocol.digest));
    change_subject(ctx, tx, (event.trial, event.subject), |subject| {
        subject.site = some(event.site);
        subject.screened = Some(at);
        if subject.protocol.is_none() {
            subject.protocol = digest;
        }
    })
    .await
}
