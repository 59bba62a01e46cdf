//! Plans the infusions that the subject's arm gives, by the file's `first`, `every` and `window`
//! (Protocol 5.1, 6.4; protocols README, sentence 14).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::Timestamp;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{RegimenId, SubjectId, TrialId};
use crate::domain::plan::{Key, PlannedInfusion};
use crate::domain::prescription::{Asking, Prescription};
use crate::domain::refusal::Refusal;
use crate::domain::treatment::{Treatment, planned_numbers};
use crate::error::ARM_SEALED;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/PlanInfusions";

/// For whom, and when the first is due.
#[derive(Clone, Debug)]
pub struct PlanInfusions {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// None: the arm's investigational regimen.
    pub regimen: Option<RegimenId>,
    /// When the first is due.
    pub first: Timestamp,
}

/// Plans. Refused: a regimen named by a role that is blind, not on treatment, nothing to plan, planned already, the first outside the file's `first`.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: PlanInfusions) -> Result<Done<Vec<Treatment>>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let subject = store::subject(&tx, &cmd.trial, &cmd.subject).await?;
    let role = authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    subject.on_treatment()?;
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    if cmd.regimen.is_some() && protocol.allocation.is_blind(role.as_str()) {
        // Who may try regimens until one is taken knows the arm.
        return Err(ARM_SEALED.refuse(format!("{role} names no regimen in this trial")).into());
    }
    let prescription = Prescription::of(&protocol, &subject, cmd.regimen.as_ref())?;
    let known: Vec<Treatment> = store::treatments(&tx, &cmd.trial, &cmd.subject)
        .await?
        .into_iter()
        .map(|treatment| treatment.value)
        .collect();
    if !planned_numbers(&known, &prescription.regimen_id()).is_empty() {
        return Err(Refusal::AlreadyPlanned.into());
    }
    let zone = store::time_zone(&tx, &cmd.trial, subject.site.as_deref()).await?;
    let asking = Asking { subject: &subject, given: &[], at: by.at, zone: &zone };
    let windows = prescription.plan(&asking, cmd.first)?;
    let mut planned = vec![];
    for (number, window) in (1..).zip(windows) {
        let key = Key {
            id: ctx.ids.next().to_string().into(),
            trial: cmd.trial.clone(),
            subject: cmd.subject.clone(),
            regimen: prescription.regimen_id(),
            number,
        };
        let treatment = Treatment::planned(PlannedInfusion::new(key, window));
        let entry = events::planned(&treatment);
        tx.record_new(&treatment, [entry]).await?;
        planned.push(treatment);
    }
    applied(tx, planned).await
}
