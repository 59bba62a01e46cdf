//! A permit can never be heard any more, or by a person's statement was not acted on: settled (holds.md steps 3 to 5).

use holdpoint_api::{dosing, enrollment};
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::message;
use crate::ctx::Ctx;
use crate::domain::ids::InfusionId;
use crate::domain::permit_fact::PermitFact;

/// The claimer's own clocks gave up before a `Go` was said.
const LIFE_OVER: &str = "life over";
/// The void was written before any claim.
const NEVER_CLAIMED: &str = "never claimed";

/// Dosing voided it.
pub(super) async fn infusion(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: dosing::v1::PermitVoided = message(event)?;
    let fact = match message.why.as_str() {
        _ if message.stated => PermitFact::Voided { stated: true },
        LIFE_OVER => PermitFact::Voided { stated: false },
        // Whatever else dosing says without a person's statement ends no permit that it has claimed.
        _ => PermitFact::NeverClaimed,
    };
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: InfusionId::known(&message.infusion),
        number: 0,
    };
    hear(ctx, tx, event, told, fact).await
}

/// Enrollment voided it. An allocation that was heard is void only where enrollment was restored from an older copy and
/// a person states that it was not acted on.
pub(super) async fn allocation(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: enrollment::v1::PermitVoided = message(event)?;
    let fact = match message.why.as_str() {
        NEVER_CLAIMED => PermitFact::NeverClaimed,
        _ => PermitFact::Voided { stated: message.stated },
    };
    let told = Told {
        trial: message.trial.into(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: None,
        number: 0,
    };
    hear(ctx, tx, event, told, fact).await
}
