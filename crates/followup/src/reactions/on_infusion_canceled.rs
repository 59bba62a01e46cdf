//! Dosing took an infusion off its plan.

use holdpoint_api::dosing::v1::InfusionCanceled;
use holdpoint_journal::{ReactError, Tx};

use super::change_subject;
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: InfusionCanceled) -> Result<(), ReactError> {
    let InfusionCanceled { trial, subject, infusion, why, .. } = event;
    change_subject(ctx, tx, (trial, subject), &why.clone(), |subject| {
        if let Some(planned) = subject.infusions.get_mut(&infusion) {
            planned.canceled = Some(why);
        }
    })
    .await
}
