//! What every command of labs is given: the store, the clock, the key of hospital numbers, the queue of reports, and the
//! trial files it knows.

use std::sync::Arc;

use holdpoint_chassis::clock::CivilClock;
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{By, Store};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::commands::ingest_results::Intake;
use crate::config::LabsSettings;
use crate::domain::pseudonym::NumberKey;
use crate::protocols::Protocols;

pub use holdpoint_journal::{Act, Done, applied};

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

impl Ctx {
    /// Civil time.
    pub fn now(&self) -> Timestamp {
        self.civil.now()
    }

    /// Who acts, in a call.
    pub fn by(&self, actor: &Actor, act: &Act) -> By {
        act.by(actor, self.now())
    }

    /// Labs itself, on a timer or in a reaction.
    pub fn own(&self) -> By {
        By::new(crate::NAME, self.now())
    }

    /// The kept answer, where this request was answered before.
    pub async fn repeated<T: DeserializeOwned>(&self, by: &By) -> Result<Option<Done<T>>> {
        self.store.repeated(by).await
    }
}
