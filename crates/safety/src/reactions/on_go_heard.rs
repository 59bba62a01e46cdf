//! The bedside heard a valid Go in time: the permit is settled.

use holdpoint_api::dosing::v1::GoHeard;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::message;
use crate::ctx::Ctx;
use crate::domain::ids::InfusionId;
use crate::domain::permit_fact::PermitFact;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: GoHeard = message(event)?;
    let fact = PermitFact::Heard;
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: InfusionId::known(&message.infusion),
        number: 0,
    };
    hear(ctx, tx, event, told, fact).await
}
