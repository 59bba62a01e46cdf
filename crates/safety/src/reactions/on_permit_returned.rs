//! A permit was received and will not be used: settled (holds.md step 3).

use holdpoint_api::{dosing, enrollment};
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::message;
use crate::ctx::Ctx;
use crate::domain::ids::InfusionId;
use crate::domain::permit_fact::PermitFact;

/// Dosing returned it.
pub(super) async fn infusion(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: dosing::v1::PermitReturned = message(event)?;
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: InfusionId::known(&message.infusion),
        number: 0,
    };
    hear(ctx, tx, event, told, PermitFact::Returned).await
}

/// Enrollment returned it.
pub(super) async fn allocation(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: enrollment::v1::PermitReturned = message(event)?;
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: None,
        number: 0,
    };
    hear(ctx, tx, event, told, PermitFact::Returned).await
}
