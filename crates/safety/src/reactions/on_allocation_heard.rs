//! An allocation was shown and acknowledged: its permit is settled, and nothing of it is in flight any more.

use holdpoint_api::enrollment::v1::AllocationHeard;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::message;
use crate::ctx::Ctx;
use crate::domain::permit_fact::PermitFact;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: AllocationHeard = message(event)?;
    let told = || Told {
        trial: message.trial.as_str().into(),
        permit: message.permit.as_str().into(),
        subject: message.subject.as_str().into(),
        infusion: None,
        number: 0,
    };
    hear(ctx, tx, event, told(), PermitFact::Heard).await?;
    hear(ctx, tx, event, told(), PermitFact::Completed(event.at)).await
}
