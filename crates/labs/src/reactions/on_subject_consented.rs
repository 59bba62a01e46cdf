//! A consent: the subject is on the version consented to, until a further consent.

use holdpoint_api::enrollment::v1::ConsentRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, some};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: ConsentRecorded) -> Result<(), ReactError> {
    let digest = event.protocol.and_then(|protocol| some(protocol.digest));
    change_subject(ctx, tx, (event.trial, event.subject), |subject| {
        if digest.is_some() {
            subject.protocol = digest;
        }
    })
    .await
}
