//! Dosing planned an infusion, or moved it: it stands in the subject's calendar as a treatment visit.

use holdpoint_api::dosing::v1::{InfusionPlanned, InfusionReplanned};
use holdpoint_journal::{ReactError, Tx};
use jiff::Timestamp;

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::infusion::Infusion;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: InfusionPlanned) -> Result<(), ReactError> {
    let infusion = Infusion {
        regimen: event.regimen,
        number: event.number,
        due: moment(event.due, "due")?,
        earliest: moment(event.earliest, "earliest")?,
        latest: latest(event.latest)?,
        canceled: None,
    };
    change_subject(ctx, tx, (event.trial, event.subject), "an infusion was planned", |subject| {
        subject.infusions.insert(event.infusion, infusion);
    })
    .await
}

pub(super) async fn again(ctx: &Ctx, tx: &mut Tx, event: InfusionReplanned) -> Result<(), ReactError> {
    let (due, earliest) = (moment(event.due, "due")?, moment(event.earliest, "earliest")?);
    let latest = latest(event.latest)?;
    change_subject(ctx, tx, (event.trial, event.subject), &event.why, |subject| {
        if let Some(infusion) = subject.infusions.get_mut(&event.infusion) {
            *infusion = Infusion { due, earliest, latest, canceled: None, ..infusion.clone() };
        }
    })
    .await
}

/// A regimen without windows limits no infusion.
fn latest(at: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>, ReactError> {
    at.map(|at| moment(Some(at), "latest")).transpose()
}
