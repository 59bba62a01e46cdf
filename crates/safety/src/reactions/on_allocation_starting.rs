//! Enrollment claimed a permit for an allocation: it is out until it was heard, returned or voided.

use holdpoint_api::enrollment::v1::AllocationStarting;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::{message, moment};
use crate::ctx::Ctx;
use crate::domain::permit_fact::PermitFact;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: AllocationStarting = message(event)?;
    let fact = PermitFact::Starting(moment(message.at, "at")?);
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: None,
        number: 0,
    };
    hear(ctx, tx, event, told, fact).await
}
