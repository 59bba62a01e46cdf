//! Nobody confirmed or abandoned a start in time: people are told, it counts as a dose and stays in flight until
//! somebody says given or not given (holds.md step 5).

use holdpoint_api::dosing::v1::InfusionUnconfirmed;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::permit_told::{Told, hear};
use super::read::{message, moment};
use crate::commands::alerting::{Tell, raise};
use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, TrialId};
use crate::domain::permit_fact::PermitFact;
use crate::store::Trial;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: InfusionUnconfirmed = message(event)?;
    let fact = PermitFact::Unconfirmed(moment(message.since, "since")?);
    let trial_id = TrialId::from(message.trial.as_str());
    let text =
        format!("infusion {} of {}: nobody has said whether it was given", message.number, message.subject);
    let told = Told {
        trial: trial_id.clone(),
        permit: message.permit.into(),
        subject: message.subject.into(),
        infusion: InfusionId::known(&message.infusion),
        number: message.number,
    };
    hear(ctx, tx, event, told, fact).await?;
    let mut trial = Trial::lock(tx, &trial_id).await?;
    Ok(raise(ctx, &mut trial, Tell::critical("infusion-unconfirmed", text)).await?)
}
