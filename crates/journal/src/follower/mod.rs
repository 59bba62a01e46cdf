//! Decides how a service reads one peer's journal: rows heard on the bus are applied at once, a gap is filled from the
//! peer after a short wait, heads are compared on a timer. Whatever the bus does, the result is the same.

mod apply;
mod buffer;
mod catch_up;
mod go_back;
mod link;
mod listen;
mod pass_over;

pub use catch_up::{has_reached, went_back};
pub(crate) use go_back::{ROWS_LOST, digest};
pub use link::{Link, link_heads};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use holdpoint_bus::SharedBus;
use holdpoint_chassis::clock::Civil;
use holdpoint_chassis::error::Result;
use tokio::sync::watch;

use crate::chain::{Chain, Head};
use crate::peer::Peer;
use crate::reactor::{Reactor, Watch};
use crate::store::Store;

/// How patient a follower is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Wait this long for the rows of a gap to arrive by themselves.
    pub gap: Duration,
    /// Compare heads this often.
    pub compare: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { gap: Duration::from_millis(50), compare: Duration::from_secs(5) }
    }
}

/// What a follower needs.
pub struct FollowerParts {
    /// The reading service's own store.
    pub store: Store,
    /// The peer whose journal is read.
    pub peer: Peer,
    /// The doorbell.
    pub bus: SharedBus,
    /// What the service makes of events.
    pub reactor: Arc<dyn Reactor>,
    /// What the service wants to be told.
    pub watch: Arc<dyn Watch>,
    /// Civil time, for what reactions write.
    pub civil: Civil,
    /// How patient it is.
    pub patience: Patience,
}

/// Follows one peer's journal. Clones follow the same.
#[derive(Clone)]
pub struct Follower {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    source: String,
    peer: Peer,
    bus: SharedBus,
    reactor: Arc<dyn Reactor>,
    watch: Arc<dyn Watch>,
    civil: Civil,
    patience: Patience,
    unknown: AtomicU64,
    /// Types of events that the service said it does not read.
    unread: Mutex<BTreeSet<String>>,
    /// Where each chain's cursor was moved to last.
    stood: Mutex<BTreeMap<Chain, Head>>,
    /// Rings when a cursor was moved.
    moved: watch::Sender<()>,
    /// Whether rows are heard at present.
    hears: AtomicBool,
}

impl Follower {
    /// A follower of the peer's journal.
    pub fn new(parts: FollowerParts) -> Self {
        let FollowerParts { store, peer, bus, reactor, watch, civil, patience } = parts;
        let source = peer.name().to_owned();
        Self {
            inner: Arc::new(Inner {
                store,
                source,
                peer,
                bus,
                reactor,
                watch,
                civil,
                patience,
                unknown: AtomicU64::new(0),
                unread: Mutex::default(),
                stood: Mutex::default(),
                moved: watch::channel(()).0,
                hears: AtomicBool::new(false),
            }),
        }
    }

    /// The peer's service name.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// How far the peer's chain was applied.
    pub async fn cursor(&self, chain: &Chain) -> Result<Head> {
        self.inner.store.cursor(&self.inner.source, chain).await
    }

    /// How many events of unknown type were passed over since the start.
    pub fn unknown_events(&self) -> u64 {
        self.inner.unknown.load(Ordering::Relaxed)
    }
}
