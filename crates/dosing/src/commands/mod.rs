//! One file each: its input, its refusals, its `run`. What several share stands here.

pub mod abandon_start;
pub mod acknowledge_go;
pub mod authorize_infusion;
pub mod complete_infusion;
pub mod confirm_start;
pub mod confirm_weight;
pub mod correct_lot;
pub mod correct_start_time;
pub mod count_refused;
pub mod plan_infusions;
pub mod quarantine_lot;
pub mod receive_lot;
pub mod record_concomitant;
pub mod record_transfusion;
pub mod record_weight;
pub mod release_lot;
pub mod replan;
pub mod set_drug_level;
pub mod start_infusion;
pub mod void_unclaimed;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{By, Chain, Stored, Tx};
use jiff::Timestamp;
use serde_json::json;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, TrialId};
use crate::domain::infusion::Infusion;
use crate::domain::plan::Timing;
use crate::domain::prescription::{Asking, Prescription};
use crate::domain::subject::Subject;
use crate::domain::treatment::{Treatment, doses};
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

/// How a start at `at` lies to the window that the file gives it, counted from the doses before it. Cells flowed whatever
/// the file says: where it can not be judged, nothing is said of it.
pub(crate) async fn timing(ctx: &Ctx, tx: &Tx, bedside: &AtBedside, at: Timestamp) -> Result<Option<Timing>> {
    let (key, subject) = (bedside.treatment.key(), &bedside.subject);
    let judged = async {
        let protocol = ctx.protocols.of_subject(tx, subject).await?;
        let prescription = Prescription::of(&protocol, subject, Some(&key.regimen))?;
        let zone = store::time_zone(tx, &key.trial, subject.site.as_deref()).await?;
        let all = store::treatments(tx, &key.trial, &key.subject).await?;
        let all: Vec<Treatment> = all.into_iter().map(|one| one.value).collect();
        let mut given = doses(&all, &key.regimen, Some(&key.id));
        given.retain(|dose| *dose < at);
        Ok(prescription.timing(&Asking { subject, given: &given, at, zone: &zone }))
    };
    match judged.await {
        Ok(timing) => Ok(Some(timing)),
        Err(Error::Refused(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
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
        let chain = ctx.store.known_chain(trial.as_str()).await?;
        let said = match chain {
            Chain::Service => json!({ "rpc": rpc }),
            _ => json!({ "rpc": rpc, "what": what, "holds": refused.holds }),
        };
        ctx.store.refused(by, &chain, refused.code, said).await?;
    }
    outcome
}
