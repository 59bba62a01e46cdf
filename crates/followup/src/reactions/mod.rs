//! What followup does about each event of enrollment, labs, dosing and safety: one file each. Everything is written
//! together with the cursor, or not at all. There is no order across sources: what names an unknown subject begins its
//! record, and what needs the subject's file waits for it.

mod on_drug_level_set;
mod on_event_derived;
mod on_fact_recorded;
mod on_hold_placed;
mod on_hold_released;
mod on_infusion_canceled;
mod on_infusion_planned;
mod on_infusion_started;
mod on_infusion_starting;
mod on_infusion_time_corrected;
mod on_milestone_recorded;
mod on_permit_voided;
mod on_results_recorded;
mod on_screen_failed;
mod on_subject_consented;
mod on_subject_discontinued;
mod on_subject_randomized;
mod on_subject_screened;
mod on_transfusion_given;
mod on_weight_recorded;

use std::collections::BTreeMap;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_copies::holds;
use holdpoint_copies::read::{date, message, moment, some};
use holdpoint_journal::{Event, Outcome, ReactError, Reactor, Tx};

use crate::commands::{Around, perform, settle};
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::performed::Finding;
use crate::domain::subject::Subject;
use crate::store::within;

/// Applies the events of enrollment, labs, dosing and safety.
pub struct Reactions {
    ctx: Ctx,
}

impl Reactions {
    /// Reactions that decide with the same settings and clocks as the commands.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        if holdpoint_copies::hear(tx, event).await? || holds::hear(tx, event).await? {
            return Ok(Outcome::Applied);
        }
        let read = match event.kind.split('.').nth(1) {
            Some("enrollment") => self.enrollment(tx, event).await?,
            Some("dosing") => self.dosing(tx, event).await?,
            _ => self.labs_or_safety(tx, event).await?,
        };
        Ok(if read { Outcome::Applied } else { Outcome::NotRead })
    }

    async fn enrollment(&self, tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
        let ctx = &self.ctx;
        match event.kind.as_str() {
            "holdpoint.enrollment.v1.SubjectScreened" => {
                on_subject_screened::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.ConsentRecorded" => {
                on_subject_consented::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.SubjectRandomized" => {
                on_subject_randomized::react(ctx, tx, message(event)?).await?;
            }
            "holdpoint.enrollment.v1.SubjectDiscontinued" => {
                on_subject_discontinued::react(ctx, tx, message(event)?).await?;
            }
            "holdpoint.enrollment.v1.ScreenFailed" => {
                on_screen_failed::react(ctx, tx, (message(event)?, event.at)).await?;
            }
            "holdpoint.enrollment.v1.MilestoneRecorded" => {
                on_milestone_recorded::react(ctx, tx, message(event)?).await?;
            }
            "holdpoint.enrollment.v1.FactRecorded" => {
                on_fact_recorded::react(ctx, tx, message(event)?).await?
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn dosing(&self, tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
        let ctx = &self.ctx;
        match event.kind.as_str() {
            "holdpoint.dosing.v1.InfusionPlanned" => {
                on_infusion_planned::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.InfusionReplanned" => {
                on_infusion_planned::again(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.InfusionCanceled" => {
                on_infusion_canceled::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.InfusionStarting" => {
                on_infusion_starting::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.InfusionStarted" => {
                on_infusion_started::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.InfusionTimeCorrected" => {
                on_infusion_time_corrected::react(ctx, tx, message(event)?).await?;
            }
            "holdpoint.dosing.v1.PermitVoided" => on_permit_voided::react(ctx, tx, message(event)?).await?,
            "holdpoint.dosing.v1.WeightRecorded" => {
                on_weight_recorded::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.TransfusionGiven" => {
                on_transfusion_given::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.DrugLevelSet" => on_drug_level_set::react(ctx, tx, message(event)?).await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn labs_or_safety(&self, tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
        let ctx = &self.ctx;
        match event.kind.as_str() {
            "holdpoint.labs.v1.ResultsRecorded" => {
                on_results_recorded::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.labs.v1.EventDerived" => on_event_derived::react(ctx, tx, message(event)?).await?,
            "holdpoint.safety.v1.HoldPlaced" => on_hold_placed::react(ctx, tx, message(event)?).await?,
            "holdpoint.safety.v1.HoldReleased" => on_hold_released::react(tx, message(event)?).await?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Reactor for Reactions {
    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        self.apply(tx, event).boxed()
    }
}

/// Changes the record of a subject, beginning it where this is the first that followup hears of it, and plans anew what
/// hangs on the change.
async fn change_subject(
    ctx: &Ctx,
    tx: &mut Tx,
    (trial, subject): (String, String),
    why: &str,
    change: impl FnOnce(&mut Subject) + Send,
) -> Result<(), ReactError> {
    let (trial, subject) = names(trial, subject)?;
    let stored = tx.get::<Subject>(&within(&trial, subject.as_str())).await?;
    let mut changed = match &stored {
        Some(stored) => stored.value.clone(),
        None => Subject::unknown(trial, subject),
    };
    change(&mut changed);
    if stored.as_ref().is_some_and(|stored| stored.value == changed) {
        return Ok(());
    }
    Ok(settle::run(ctx, tx, stored.as_ref(), changed, why).await?)
}

/// Takes in findings of subjects; they wait where a subject's file is not known yet.
async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    trial: &str,
    found: BTreeMap<String, Vec<Finding>>,
) -> Result<(), ReactError> {
    let mut of = BTreeMap::new();
    for (subject, findings) in found {
        let (trial, subject) = names(trial.to_owned(), subject)?;
        of.insert(within(&trial, subject.as_str()), (trial, subject, findings));
    }
    let ids: Vec<String> = of.keys().cloned().collect();
    let stored = tx.get_all::<Subject>(&ids).await?;
    let known = stored.values().map(|subject| subject.value.clone()).collect();
    let around = Around::of_all(ctx, tx, known).await?;
    let mut of_known = vec![];
    for (id, (trial, subject, findings)) in of {
        match (around.get(&id), stored.get(&id)) {
            (Some(around), _) => of_known.push((around, findings)),
            (None, Some(stored)) => {
                let mut waiting = stored.value.clone();
                waiting.waiting.extend(findings);
                tx.record(stored, waiting, []).await?;
            }
            (None, None) => {
                let waiting = Subject { waiting: findings, ..Subject::unknown(trial, subject) };
                tx.record_new(&waiting, []).await?;
            }
        }
    }
    Ok(perform::findings(ctx, tx, &of_known).await?)
}

fn names(trial: String, subject: String) -> Result<(TrialId, SubjectId), ReactError> {
    if trial.is_empty() || subject.is_empty() {
        return Err(ReactError::Park("it names no trial or no subject".to_owned()));
    }
    Ok((trial.into(), subject.into()))
}
