//! What every command of labs is given: the store, the clock, the key of hospital numbers, the queue of reports, and the
//! trial files it knows.

use std::sync::Arc;

use holdpoint_chassis::clock::CivilClock;
use holdpoint_chassis::error::{OrFault as _, Result};
use holdpoint_chassis::identity::Actor;
use holdpoint_chassis::telemetry::propagation;
use holdpoint_journal::{By, Request, Store, Tx};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::commands::ingest_results::Intake;
use crate::config::LabsSettings;
use crate::domain::pseudonym::NumberKey;
use crate::protocols::Protocols;

/// Shared by all commands, queries, reactions and reconcilers. Clones share everything.
#[derive(Clone)]
pub struct Ctx {
    /// Labs's database.
    pub store: Store,
    /// Clinical dates.
    pub civil: Arc<dyn CivilClock>,
    /// Under which hospital numbers are hashed.
    pub key: NumberKey,
    /// Reports that wait for their commit.
    pub intake: Intake,
    /// Trial files, parsed once.
    pub protocols: Protocols,
    /// Settings of labs.
    pub settings: LabsSettings,
}

/// What every changing call says about itself.
#[derive(Clone, Debug)]
pub struct Act {
    /// Id, method and content of the request.
    pub request: Request,
    /// Why, in the person's words.
    pub reason: Option<String>,
}

/// How a command that succeeded was applied: this time, or by an earlier call of the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done<T> {
    /// This call changed something.
    Applied(T),
    /// An earlier call of the same request did; this is its kept answer.
    AlreadyApplied(T),
}

impl<T> Done<T> {
    /// The answer, whichever call it is of.
    pub fn into_inner(self) -> T {
        match self {
            Self::Applied(answer) | Self::AlreadyApplied(answer) => answer,
        }
    }
}

impl Ctx {
    /// Civil time.
    pub fn now(&self) -> Timestamp {
        self.civil.now()
    }

    /// Who acts, in a call.
    pub fn by(&self, actor: &Actor, act: &Act) -> By {
        let by = By::new(actor.principal.as_str(), self.now())
            .request(act.request.clone())
            .reason(act.reason.clone().unwrap_or_default());
        By { trace: propagation::current(), ..by }
    }

    /// Labs itself, on a timer or in a reaction.
    pub fn own(&self) -> By {
        By::new(crate::NAME, self.now())
    }

    /// The kept answer, where this request was answered before.
    pub async fn repeated<T: DeserializeOwned>(&self, by: &By) -> Result<Option<Done<T>>> {
        let Some(kept) = self.store.answered(by).await? else { return Ok(None) };
        let answer = serde_json::from_slice(&kept).or_fault("reading a kept answer")?;
        Ok(Some(Done::AlreadyApplied(answer)))
    }
}

/// Commits a success together with its answer, which a repeat of the request will hear.
pub async fn applied<T: Serialize>(mut tx: Tx, answer: T) -> Result<Done<T>> {
    tx.answer(serde_json::to_vec(&answer).or_fault("writing an answer")?);
    tx.commit().await?;
    Ok(Done::Applied(answer))
}
