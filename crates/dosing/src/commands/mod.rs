//! One file each: its input, its refusals, its `run`. What several share stands here.

pub mod abandon_start;
pub mod acknowledge_go;
pub mod authorize_infusion;
pub mod complete_infusion;
pub mod confirm_start;
pub mod confirm_weight;
pub mod correct_start_time;
pub mod count_refused;
pub mod plan_infusions;
pub mod quarantine_lot;
pub mod receive_lot;
pub mod record_weight;
pub mod release_lot;
pub mod replan;
pub mod start_infusion;
pub mod void_unclaimed;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{By, Stored, Tx};
use serde_json::json;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, TrialId};
use crate::domain::infusion::Infusion;
use crate::domain::subject::Subject;
use crate::domain::treatment::Treatment;
use crate::events;
use crate::store;

/// One infusion with an order and its subject, as an act at the bedside needs them.
pub(crate) struct AtBedside {
    pub treatment: Stored<Treatment>,
    pub infusion: Infusion,
    pub subject: Stored<Subject>,
}

/// Loads an actual infusion and requires that the person may act for it.
pub(crate) async fn at_bedside(
    tx: &Tx,
    actor: &Actor,
    rpc: &str,
    (trial, infusion): (&TrialId, &InfusionId),
    what: &'static str,
) -> Result<AtBedside> {
    let treatment = store::treatment(tx, trial, infusion).await?;
    let subject = store::subject(tx, trial, &treatment.key().subject).await?;
    authority::require(tx, actor, rpc, trial, subject.site.as_deref()).await?;
    let infusion = treatment.actual(what)?.clone();
    Ok(AtBedside { treatment, infusion, subject })
}

/// Journals a person's act that was refused at a gate, and hands the refusal on. A fault is no refusal.
pub async fn gated<T>(
    ctx: &Ctx,
    by: &By,
    trial: &TrialId,
    (rpc, what): (&'static str, &str),
    outcome: Result<T>,
) -> Result<T> {
    if let Err(Error::Refused(refused)) = &outcome {
        let said = json!({ "rpc": rpc, "what": what, "holds": refused.holds });
        ctx.store.refused(by, &events::chain(trial), refused.code, said).await?;
    }
    outcome
}
