//! The journal: every change of a service appends a row in the same transaction as the state it changes. A row is
//! at once the audit record, the event to publish and the link to the kept answer. Rows are numbered per chain
//! without gaps and hash-chained; the bus is only a doorbell, and peers remember what they saw (architecture, idea 2).
//!
//! A room that permits depend on watches its journals with [`Rollbacks::new(store, civil, &[SAFETY])`](Rollbacks), given to
//! its followers and to [`JournalService`]; its gate refuses while [`Tx::unreconciled`] answers one, and its reaction to a
//! release calls [`Tx::reconcile`] for the service that the hold names. Any other watches with [`Rollbacks::going_on`]. Timers run by [`every`], and count with [`Tally`].

mod act;
mod append;
mod by;
mod chain;
mod doorbell;
mod dump;
mod error;
mod follower;
mod hash;
pub mod host;
mod incarnation;
mod pause;
mod peer;
mod reactor;
mod relay;
mod rollback;
mod rounds;
mod row;
mod service;
mod store;
mod tx;
mod verify;

/// What journals that disagree mean, as pure rules: the functions that a model checker explores.
pub mod rules {
    pub use crate::follower::{Link, has_reached, link_heads, went_back};
    pub use crate::incarnation::{Opened, Opening, next_incarnation};
}

pub use act::{Act, Done, applied};
pub use by::{By, Request};
pub use chain::{Chain, Hash, Head, Known};
pub use dump::{Cell, Kind, ParkedRow, Snapshot, Table, differences, load};
pub use error::{
    BAD_HEAD, BAD_PAUSE, BUSY, CommitUnknown, ERRORS, NO_ACTOR, NO_REASON, NOT_PARKED, OTHER_BODY,
    OTHER_NAME, PARKED, PEER_WENT_BACK, RACE, ROW_TOO_LARGE, StoredDataInconsistent, TAKEN, WENT_BACK,
    commit_unknown,
};
pub use follower::{Follower, FollowerParts, Patience};
pub use peer::{Compared, Peer};
pub use reactor::{Event, Opened, Outcome, ReactError, Reactor, Watch};
pub use relay::Relay;
pub use rollback::{Rollback, Rollbacks};
pub use rounds::{ComesDue, Tally, every};
pub use row::{Entry, MAX_ROW_BYTES, Row};
pub use service::JournalService;
pub use store::{Aggregate, Changed, Key, Look, Options, Parked, Questions, Store, Stored, TableSpec};
pub use tx::{Committed, Tx};
pub use verify::{Finding, Gap, Remembered, Report, verify, witnesses};
