//! What enrollment makes of its peers' events. Each file is one event, or one kind of thing it says.

mod on_activity_done;
mod on_cohort_opened;
mod on_drug_level_set;
mod on_event_derived;
mod on_hold;
mod on_infusion;
mod on_results_recorded;
mod on_subject_measure;
mod on_transfusion_given;

use std::sync::Arc;

use futures::future::BoxFuture;
use holdpoint_api::{dosing, followup, labs, safety};
use holdpoint_chassis::error;
use holdpoint_journal::{Event, Outcome, ReactError, Reactor, Stored, Tx};
use holdpoint_protocol::Protocol;
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;

use crate::call::chain;
use crate::commands::rederive;
use crate::ctx::Ctx;
use crate::domain::hold::HoldState;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::store::subject_key;
use crate::{FOLLOWUP, LABS};

/// Applies what safety and dosing tell.
pub struct Reactions {
    ctx: Ctx,
}

impl Reactions {
    /// Over enrollment's context.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        match event.source.as_str() {
            LABS | FOLLOWUP => self.of_the_course(tx, event).await,
            _ => self.of_treatment(tx, event).await,
        }
    }

    /// What labs found and followup recorded.
    async fn of_the_course(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        let (ctx, data) = (&self.ctx, event.data.as_slice());
        match event.kind.as_str() {
            "holdpoint.labs.v1.ResultsRecorded" => {
                on_results_recorded::run(ctx, tx, labs::v1::ResultsRecorded::decode(data)?).await?;
            }
            "holdpoint.labs.v1.EventDerived" => {
                on_event_derived::run(ctx, tx, labs::v1::EventDerived::decode(data)?).await?;
            }
            "holdpoint.followup.v1.ActivityDone" => {
                on_activity_done::run(ctx, tx, followup::v1::ActivityDone::decode(data)?).await?;
            }
            _ => return Ok(Outcome::NotRead),
        }
        Ok(Outcome::Applied)
    }

    /// What safety stops and opens, and dosing gives.
    async fn of_treatment(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        let data = event.data.as_slice();
        match event.kind.as_str() {
            "holdpoint.safety.v1.HoldPlaced" => {
                on_hold::placed(&self.ctx, tx, safety::v1::HoldPlaced::decode(data)?).await?;
            }
            "holdpoint.safety.v1.HoldEffective" => {
                let said = safety::v1::HoldEffective::decode(data)?;
                on_hold::moved(tx, &said.hold, HoldState::Effective).await?;
            }
            "holdpoint.safety.v1.HoldReleased" => {
                let said = safety::v1::HoldReleased::decode(data)?;
                on_hold::released(tx, &said.hold, event.at).await?;
            }
            "holdpoint.safety.v1.SubjectMeasure" => {
                let said = safety::v1::SubjectMeasure::decode(data)?;
                on_subject_measure::run(tx, said, event.at).await?;
            }
            "holdpoint.safety.v1.CohortOpened" => {
                on_cohort_opened::run(tx, safety::v1::CohortOpened::decode(data)?).await?;
            }
            "holdpoint.dosing.v1.TransfusionGiven" => {
                let said = dosing::v1::TransfusionGiven::decode(data)?;
                on_transfusion_given::run(&self.ctx, tx, said).await?;
            }
            "holdpoint.dosing.v1.DrugLevelSet" => {
                on_drug_level_set::run(&self.ctx, tx, dosing::v1::DrugLevelSet::decode(data)?).await?;
            }
            "holdpoint.dosing.v1.InfusionStarted" => {
                on_infusion::started(tx, dosing::v1::InfusionStarted::decode(data)?).await?;
            }
            "holdpoint.dosing.v1.InfusionCompleted" => {
                on_infusion::completed(tx, dosing::v1::InfusionCompleted::decode(data)?).await?;
            }
            "holdpoint.dosing.v1.InfusionTimeCorrected" => {
                on_infusion::corrected(tx, dosing::v1::InfusionTimeCorrected::decode(data)?).await?;
            }
            _ => return Ok(Outcome::NotRead),
        }
        Ok(Outcome::Applied)
    }
}

/// A subject of whom a peer tells, with its trial. The trial's chain is locked first: what is asked again of the subject
/// here is not asked beside a person's act on it.
struct Told {
    trial: Arc<Stored<Trial>>,
    subject: Stored<Subject>,
}

impl Told {
    /// Enrollment owns subjects: one that it does not have was lost by a restore, and the row waits for people.
    async fn of(tx: &mut Tx, trial: &str, subject: &str) -> Result<Self, ReactError> {
        let mut told = Self::of_all(tx, trial, [subject]).await?;
        told.pop().ok_or_else(|| ReactError::Park("it tells of no subject".to_owned()))
    }

    /// All subjects of whom one event tells, in its order.
    async fn of_all<'a>(
        tx: &mut Tx,
        trial: &str,
        subjects: impl IntoIterator<Item = &'a str> + Send,
    ) -> Result<Vec<Self>, ReactError> {
        let trial: TrialId = id("trial", trial)?;
        let named = subjects.into_iter().map(|subject| id("subject", subject));
        let named: Vec<SubjectId> = named.collect::<Result<_, _>>()?;
        tx.lock(&chain(&trial)).await?;
        let keys: Vec<String> = named.iter().map(|subject| subject_key(&trial, subject)).collect();
        let mut found = tx.get_all::<Subject>(&keys).await?;
        let known = tx.get::<Trial>(trial.as_str()).await?.map(Arc::new);
        let mut told = Vec::with_capacity(named.len());
        for (subject, key) in named.iter().zip(&keys) {
            let absent = || ReactError::Park(format!("trial {trial} has no subject {subject} here"));
            let (trial, subject) = known.clone().zip(found.remove(key)).ok_or_else(absent)?;
            told.push(Self { trial, subject });
        }
        Ok(told)
    }

    /// The protocols of every version of the trial: what one of them asks is kept, for a subject may yet consent to it.
    async fn protocols(&self, ctx: &Ctx, tx: &Tx) -> error::Result<Vec<Arc<Protocol>>> {
        let mut protocols = vec![];
        for version in self.trial.versions.values() {
            protocols.push(ctx.protocol(tx, version).await?);
        }
        Ok(protocols)
    }

    /// Asks the file's events again.
    async fn rederive(&self, ctx: &Ctx, tx: &mut Tx) -> error::Result<()> {
        rederive::run(ctx, tx, &self.trial, &self.subject).await
    }
}

impl Reactor for Reactions {
    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        Box::pin(self.apply(tx, event))
    }
}

/// An id in an event, or the words with which the row is parked.
fn id<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, ReactError> {
    text.parse().map_err(|_| ReactError::Park(format!("{what} is no id")))
}

/// A moment in an event.
fn moment(what: &str, at: Option<prost_types::Timestamp>) -> Result<Timestamp, ReactError> {
    let at = at.ok_or_else(|| ReactError::Park(format!("{what} is absent")))?;
    Timestamp::new(at.seconds, at.nanos).map_err(|_| ReactError::Park(format!("{what} is no moment")))
}

/// A civil date in an event.
fn date(what: &str, text: &str) -> Result<Date, ReactError> {
    text.parse().map_err(|_| ReactError::Park(format!("{what} is no date")))
}
