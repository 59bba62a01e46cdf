//! An infusion is over, in full or stopped early: out of flight, and a dose for ever.

use holdpoint_api::dosing::v1::InfusionCompleted;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::{message, moment};
use crate::ctx::Ctx;
use crate::domain::ids::InfusionId;
use crate::domain::permit_fact::PermitFact;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: InfusionCompleted = message(event)?;
    let fact = PermitFact::Completed(moment(message.at, "at")?);
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: InfusionId::known(&message.infusion),
        number: message.number,
    };
    hear(ctx, tx, event, told, fact).await
}
