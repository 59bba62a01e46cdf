//! What every command of dosing is given: the store, the clocks, ids, the way to safety, and the trial files it knows.

use std::sync::Arc;

use holdpoint_chassis::clock::{CivilClock, MachineClock};
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_chassis::ids::Ids;
use holdpoint_journal::{By, Store};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::config::DosingSettings;
use crate::domain::moment::cut;
use crate::gate::Gate;
use crate::protocols::Protocols;

pub use holdpoint_journal::{Act, Done, applied};

/// Shared by all commands, queries, reactions and reconcilers. Clones share everything.
#[derive(Clone)]
pub struct Ctx {
    /// Dosing's database.
    pub store: Store,
    /// Clinical dates.
    pub civil: Arc<dyn CivilClock>,
    /// Permit lives.
    pub machine: MachineClock,
    /// Where ids come from.
    pub ids: Ids,
    /// The way to safety.
    pub gate: Gate,
    /// Trial files, parsed once.
    pub protocols: Protocols,
    /// Settings of dosing.
    pub settings: DosingSettings,
}

impl Ctx {
    /// Civil time, as fine as it is stored.
    pub fn now(&self) -> Timestamp {
        cut(self.civil.now())
    }

    /// Who acts, in a call.
    pub fn by(&self, actor: &Actor, act: &Act) -> By {
        act.by(actor, self.now())
    }

    /// Dosing itself, on a timer or in a reaction.
    pub fn own(&self) -> By {
        By::new(crate::NAME, self.now())
    }

    /// The kept answer, where this request was answered before.
    pub async fn repeated<T: DeserializeOwned>(&self, by: &By) -> Result<Option<Done<T>>> {
        self.store.repeated(by).await
    }
}
