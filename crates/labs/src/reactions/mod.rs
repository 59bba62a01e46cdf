//! What labs does about each event of enrollment, dosing and safety: one file each; what every room keeps alike, the
//! copies hear. Everything is written together with the cursor, or not at all. There is no order across sources: what
//! names an unknown subject begins its record.

mod on_dose;
mod on_hold_placed;
mod on_milestone_recorded;
mod on_subject_consented;
mod on_subject_randomized;
mod on_subject_screened;
mod on_transfusion_given;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_copies::read::{message, moment, some};
use holdpoint_journal::{Event, Outcome, ReactError, Reactor, Tx};

use crate::commands::deriving::rederive;
use crate::commands::ingest_results::redrive;
use crate::ctx::Ctx;
use crate::domain::identity::Whose;
use crate::domain::quarantine::{Awaited, Quarantined};
use crate::domain::subject::Subject;
use crate::store::of;

/// Applies the events of enrollment, dosing and safety.
pub struct Reactions {
    ctx: Ctx,
}

impl Reactions {
    /// Reactions that decide with the same settings and clocks as the commands.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        if holdpoint_copies::hear(tx, event).await? {
            return Ok(Outcome::Applied);
        }
        match event.source.as_str() {
            crate::ENROLLMENT => self.enrollment(tx, event).await,
            crate::DOSING => self.dosing(tx, event).await,
            _ => self.safety(tx, event).await,
        }
    }

    async fn enrollment(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        let ctx = &self.ctx;
        match event.kind.as_str() {
            "holdpoint.enrollment.v1.SubjectScreened" => {
                on_subject_screened::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.ConsentRecorded" => {
                on_subject_consented::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.SubjectRandomized" => {
                on_subject_randomized::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.enrollment.v1.MilestoneRecorded" => {
                on_milestone_recorded::react(ctx, tx, message(event)?).await?
            }
            _ => return Ok(Outcome::NotRead),
        }
        Ok(Outcome::Applied)
    }

    async fn dosing(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        let ctx = &self.ctx;
        match event.kind.as_str() {
            "holdpoint.dosing.v1.TransfusionGiven" => {
                on_transfusion_given::react(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.InfusionStarting" => on_dose::starting(ctx, tx, message(event)?).await?,
            "holdpoint.dosing.v1.InfusionStarted" => on_dose::started(ctx, tx, message(event)?).await?,
            "holdpoint.dosing.v1.InfusionTimeCorrected" => {
                on_dose::time_corrected(ctx, tx, message(event)?).await?
            }
            "holdpoint.dosing.v1.PermitVoided" => on_dose::voided(ctx, tx, message(event)?).await?,
            _ => return Ok(Outcome::NotRead),
        }
        Ok(Outcome::Applied)
    }

    async fn safety(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        match event.kind.as_str() {
            "holdpoint.safety.v1.HoldPlaced" => on_hold_placed::react(&self.ctx, tx, message(event)?).await?,
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

/// Changes the record of a subject, beginning it where this is the first that labs hears of it. What waited for the
/// subject is taken up, and what follows from its counts is derived anew.
async fn change_subject(
    ctx: &Ctx,
    tx: &mut Tx,
    (trial, subject): (String, String),
    change: impl FnOnce(&mut Subject) + Send,
) -> Result<(), ReactError> {
    if trial.is_empty() || subject.is_empty() {
        return Err(ReactError::Park("it names no trial or no subject".to_owned()));
    }
    let whose = Whose { trial: trial.into(), subject: subject.into() };
    let stored = tx.get::<Subject>(&of(&whose)).await?;
    let mut changed = match &stored {
        Some(stored) => stored.value.clone(),
        None => Subject::unknown(whose.clone()),
    };
    change(&mut changed);
    match stored {
        Some(stored) if stored.value == changed => return Ok(()),
        Some(stored) => drop(tx.record(&stored, changed, []).await?),
        None => drop(tx.record_new(&changed, []).await?),
    }
    let awaited = Awaited::subject(&whose);
    let waiting = tx.find::<Quarantined>(&[("waits_for", awaited.as_str())]).await?;
    if !waiting.is_empty() {
        redrive(ctx, tx, waiting, None).await?;
    }
    rederive(ctx, tx, &whose).await?;
    Ok(())
}
