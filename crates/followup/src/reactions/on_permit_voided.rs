//! A permitted start is known to be none: what opened with it was never open.

use holdpoint_api::dosing::v1::PermitVoided;
use holdpoint_journal::{ReactError, Tx};

use super::change_subject;
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: PermitVoided) -> Result<(), ReactError> {
    let why = format!("a start was void: {}", event.why);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        if let Some(start) = subject.starts.get_mut(&event.permit) {
            start.void = true;
        }
    })
    .await
}
