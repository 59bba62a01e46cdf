//! A permit can never be heard any more, or by a person's statement was not acted on: settled (holds.md steps 3 to 5).

use holdpoint_api::{dosing, enrollment};
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::message;
use crate::ctx::Ctx;
use crate::domain::ids::InfusionId;
use crate::domain::permit_fact::PermitFact;

/// Dosing voided it.
pub(super) async fn infusion(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: dosing::v1::PermitVoided = message(event)?;
    let fact = PermitFact::voided_infusion(&message.why, message.stated);
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: InfusionId::known(&message.infusion),
        number: 0,
    };
    hear(ctx, tx, event, told, fact).await
}

/// Enrollment voided it.
pub(super) async fn allocation(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: enrollment::v1::PermitVoided = message(event)?;
    let fact = PermitFact::voided_allocation(&message.why, message.stated);
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: None,
        number: 0,
    };
    hear(ctx, tx, event, told, fact).await
}
