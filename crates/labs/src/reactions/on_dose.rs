//! Investigational doses as anchors: every permitted start counts from its start until it is known to be void (protocols
//! README, sentence 13).

use holdpoint_api::dosing::v1::{InfusionStarted, InfusionStarting, InfusionTimeCorrected, PermitVoided};
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;

pub(super) async fn starting(ctx: &Ctx, tx: &mut Tx, event: InfusionStarting) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    change_subject(ctx, tx, (event.trial, event.subject), |subject| subject.dosed(event.permit, at)).await
}

pub(super) async fn started(ctx: &Ctx, tx: &mut Tx, event: InfusionStarted) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    change_subject(ctx, tx, (event.trial, event.subject), |subject| subject.dosed(event.permit, at)).await
}

pub(super) async fn time_corrected(
    ctx: &Ctx,
    tx: &mut Tx,
    event: InfusionTimeCorrected,
) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    change_subject(ctx, tx, (event.trial, event.subject), |subject| subject.dosed(event.permit, at)).await
}

pub(super) async fn voided(ctx: &Ctx, tx: &mut Tx, event: PermitVoided) -> Result<(), ReactError> {
    let at = tx.by().at;
    change_subject(ctx, tx, (event.trial, event.subject), |subject| subject.dose_void(event.permit, at)).await
}
