//! What followup does about each event of enrollment, labs, dosing and safety: one file each. Everything is written
//! together with the cursor, or not at all. There is no order across sources: what names an unknown subject begins its
//! record, and what needs the subject's file waits for it.

mod on_delegation_ended;
mod on_drug_level_set;
mod on_event_derived;
mod on_fact_recorded;
mod on_hold_effective;
mod on_hold_placed;
mod on_hold_reclassified;
mod on_hold_released;
mod on_infusion_canceled;
mod on_infusion_planned;
mod on_infusion_started;
mod on_infusion_starting;
mod on_infusion_time_corrected;
mod on_milestone_recorded;
mod on_permit_voided;
mod on_protocol_activated;
mod on_results_recorded;
mod on_role_delegated;
mod on_screen_failed;
mod on_site_registered;
mod on_subject_consented;
mod on_subject_discontinued;
mod on_subject_randomized;
mod on_subject_screened;
mod on_transfusion_given;
mod on_weight_recorded;
mod watch;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_journal::{Event, Outcome, ReactError, Reactor, Tx};
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;

use crate::commands::{perform, settle};
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::performed::Finding;
use crate::domain::subject::Subject;
use crate::store::within;

pub use watch::Rollbacks;

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
        let read = match event.kind.split('.').nth(1) {
            Some("enrollment") => self.enrollment(tx, event).await?,
            Some("dosing") => self.dosing(tx, event).await?,
            _ => self.labs_or_safety(tx, event).await?,
        };
        Ok(if read { Outcome::Applied } else { Outcome::NotRead })
    }

    async fn enrollment(&self, tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
        let (ctx, data) = (&self.ctx, event.data.as_slice());
        match event.kind.as_str() {
            "holdpoint.enrollment.v1.ProtocolActivated" => {
                on_protocol_activated::react(tx, read(data)?).await?
            }
            "holdpoint.enrollment.v1.SiteRegistered" => on_site_registered::react(tx, read(data)?).await?,
            "holdpoint.enrollment.v1.RoleDelegated" => on_role_delegated::react(tx, read(data)?).await?,
            "holdpoint.enrollment.v1.DelegationEnded" => on_delegation_ended::react(tx, read(data)?).await?,
            "holdpoint.enrollment.v1.SubjectScreened" => {
                on_subject_screened::react(ctx, tx, read(data)?).await?
            }
            "holdpoint.enrollment.v1.ConsentRecorded" => {
                on_subject_consented::react(ctx, tx, read(data)?).await?
            }
            "holdpoint.enrollment.v1.SubjectRandomized" => {
                on_subject_randomized::react(ctx, tx, read(data)?).await?;
            }
            "holdpoint.enrollment.v1.SubjectDiscontinued" => {
                on_subject_discontinued::react(ctx, tx, read(data)?).await?;
            }
            "holdpoint.enrollment.v1.ScreenFailed" => {
                on_screen_failed::react(ctx, tx, (read(data)?, event.at)).await?;
            }
            "holdpoint.enrollment.v1.MilestoneRecorded" => {
                on_milestone_recorded::react(ctx, tx, read(data)?).await?;
            }
            "holdpoint.enrollment.v1.FactRecorded" => on_fact_recorded::react(ctx, tx, read(data)?).await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn dosing(&self, tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
        let (ctx, data) = (&self.ctx, event.data.as_slice());
        match event.kind.as_str() {
            "holdpoint.dosing.v1.InfusionPlanned" => on_infusion_planned::react(ctx, tx, read(data)?).await?,
            "holdpoint.dosing.v1.InfusionReplanned" => {
                on_infusion_planned::again(ctx, tx, read(data)?).await?
            }
            "holdpoint.dosing.v1.InfusionCanceled" => {
                on_infusion_canceled::react(ctx, tx, read(data)?).await?
            }
            "holdpoint.dosing.v1.InfusionStarting" => {
                on_infusion_starting::react(ctx, tx, read(data)?).await?
            }
            "holdpoint.dosing.v1.InfusionStarted" => on_infusion_started::react(ctx, tx, read(data)?).await?,
            "holdpoint.dosing.v1.InfusionTimeCorrected" => {
                on_infusion_time_corrected::react(ctx, tx, read(data)?).await?;
            }
            "holdpoint.dosing.v1.PermitVoided" => on_permit_voided::react(ctx, tx, read(data)?).await?,
            "holdpoint.dosing.v1.WeightRecorded" => on_weight_recorded::react(ctx, tx, read(data)?).await?,
            "holdpoint.dosing.v1.TransfusionGiven" => {
                on_transfusion_given::react(ctx, tx, read(data)?).await?
            }
            "holdpoint.dosing.v1.DrugLevelSet" => on_drug_level_set::react(ctx, tx, read(data)?).await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn labs_or_safety(&self, tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
        let (ctx, data) = (&self.ctx, event.data.as_slice());
        match event.kind.as_str() {
            "holdpoint.labs.v1.ResultsRecorded" => on_results_recorded::react(ctx, tx, read(data)?).await?,
            "holdpoint.labs.v1.EventDerived" => on_event_derived::react(ctx, tx, read(data)?).await?,
            "holdpoint.safety.v1.HoldPlaced" => on_hold_placed::react(ctx, tx, read(data)?).await?,
            "holdpoint.safety.v1.HoldEffective" => on_hold_effective::react(tx, read(data)?).await?,
            "holdpoint.safety.v1.HoldReleased" => on_hold_released::react(tx, read(data)?).await?,
            "holdpoint.safety.v1.HoldReclassified" => on_hold_reclassified::react(tx, read(data)?).await?,
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

fn read<M: Message + Default>(data: &[u8]) -> Result<M, ReactError> {
    Ok(M::decode(data)?)
}

/// A moment of an event, to the microsecond as it is stored. One that is missing or no time is parked.
fn moment(at: Option<prost_types::Timestamp>, field: &str) -> Result<Timestamp, ReactError> {
    let read = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
    read.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
        .ok_or_else(|| ReactError::Park(format!("its {field} is no time")))
}

/// A civil date of an event. One that is none is parked.
fn date(text: &str, field: &str) -> Result<Date, ReactError> {
    text.parse().map_err(|_| ReactError::Park(format!("its {field} {text:?} is no date")))
}

/// None for an empty text.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
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

/// Takes in findings of a subject; they wait where the subject's file is not known yet.
async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    (trial, subject): (String, String),
    findings: Vec<Finding>,
) -> Result<(), ReactError> {
    let (trial, subject) = names(trial, subject)?;
    let stored = tx.get::<Subject>(&within(&trial, subject.as_str())).await?;
    match stored {
        Some(stored) if ctx.protocols.known_of_subject(tx, &stored).await?.is_some() => {
            let around = crate::commands::Around::of(ctx, tx, stored.value).await?;
            perform::findings(ctx, tx, &around, findings).await?;
        }
        Some(stored) => {
            let mut waiting = stored.value.clone();
            waiting.waiting.extend(findings);
            tx.record(&stored, waiting, []).await?;
        }
        None => {
            let waiting = Subject { waiting: findings, ..Subject::unknown(trial, subject) };
            tx.record_new(&waiting, []).await?;
        }
    }
    Ok(())
}

fn names(trial: String, subject: String) -> Result<(TrialId, SubjectId), ReactError> {
    if trial.is_empty() || subject.is_empty() {
        return Err(ReactError::Park("it names no trial or no subject".to_owned()));
    }
    Ok((trial.into(), subject.into()))
}
