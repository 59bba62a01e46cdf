//! What dosing does about each event of the services it follows: one file each; what every room keeps alike, the copies
//! hear. Everything is written together with the cursor, or not at all. There is no order across sources: what names an
//! unknown subject begins its record.

mod on_activity_done;
mod on_fact_recorded;
mod on_hold_placed;
mod on_hold_released;
mod on_milestone_recorded;
mod on_results_recorded;
mod on_subject_consented;
mod on_subject_discontinued;
mod on_subject_measure;
mod on_subject_randomized;
mod on_subject_screened;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_copies::holds;
use holdpoint_copies::read::{message, moment, some};
use holdpoint_journal::{Event, Outcome, ReactError, Reactor, Tx};

use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::store::within;

/// The dictionary's fact that doses are reckoned from.
const WEIGHT: &str = "weight";

/// Applies the events of the services that dosing follows.
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
        let ctx = &self.ctx;
        match event.kind.as_str() {
            "holdpoint.enrollment.v1.SubjectScreened" => {
                on_subject_screened::react(tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.ConsentRecorded" => {
                on_subject_consented::react(tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.SubjectRandomized" => {
                on_subject_randomized::react(tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.SubjectDiscontinued" => {
                on_subject_discontinued::react(tx, message(event)?).await?;
            }
            "holdpoint.enrollment.v1.MilestoneRecorded" => {
                on_milestone_recorded::react(tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.FactRecorded" => on_fact_recorded::react(tx, message(event)?).await?,
            "holdpoint.safety.v1.HoldPlaced" => on_hold_placed::react(tx, message(event)?).await?,
            "holdpoint.safety.v1.HoldReleased" => on_hold_released::react(ctx, tx, message(event)?).await?,
            "holdpoint.safety.v1.SubjectMeasure" => on_subject_measure::react(tx, message(event)?).await?,
            "holdpoint.labs.v1.ResultsRecorded" => {
                on_results_recorded::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.followup.v1.ActivityDone" => on_activity_done::react(tx, message(event)?).await?,
            _ => return Ok(Outcome::NotRead),
        }
        Ok(Outcome::Applied)
    }
}

impl Reactor for Reactions {
    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        self.apply(tx, event).boxed()
    }
}

/// Changes the record of a subject, beginning it where this is the first that dosing hears of it.
async fn change_subject(
    tx: &mut Tx,
    (trial, subject): (String, String),
    change: impl FnOnce(&mut Subject) + Send,
) -> Result<(), ReactError> {
    if trial.is_empty() || subject.is_empty() {
        return Err(ReactError::Park("it names no trial or no subject".to_owned()));
    }
    let (trial, subject) = (TrialId::from(trial), SubjectId::from(subject));
    let stored = tx.get::<Subject>(&within(&trial, subject.as_str())).await?;
    let mut changed = match &stored {
        Some(stored) => stored.value.clone(),
        None => Subject::unknown(trial, subject),
    };
    change(&mut changed);
    match stored {
        Some(stored) if stored.value == changed => {}
        Some(stored) => drop(tx.record(&stored, changed, []).await?),
        None => drop(tx.record_new(&changed, []).await?),
    }
    Ok(())
}
