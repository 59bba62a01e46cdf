//! What every command of followup is given: the store, the civil clock, ids, and the trial files it knows.

use std::sync::Arc;

use holdpoint_chassis::clock::CivilClock;
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_chassis::ids::Ids;
use holdpoint_journal::{By, Store};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::config::FollowupSettings;
use crate::protocols::Protocols;

pub use holdpoint_journal::{Act, Done, applied};

/// Shared by all commands, queries, reactions and reconcilers. Clones share everything.
#[derive(Clone)]
pub struct Ctx {
    /// Followup's database.
    pub store: Store,
    /// Clinical dates.
    pub civil: Arc<dyn CivilClock>,
    /// Where ids come from.
    pub ids: Ids,
    /// Trial files, parsed once.
    pub protocols: Protocols,
    /// Settings of followup.
    pub settings: FollowupSettings,
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

    /// Followup itself, on a timer or in a reaction.
    pub fn own(&self) -> By {
        By::new(crate::NAME, self.now())
    }

    /// The kept answer, where this request was answered before.
    pub async fn repeated<T: DeserializeOwned>(&self, by: &By) -> Result<Option<Done<T>>> {
        self.store.repeated(by).await
    }
}
