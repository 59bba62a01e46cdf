//! Takes a laboratory's reports: each is answered after its commit, in the order of its stream. Reports that come while a
//! commit is under way share the next one, so that load makes commits larger and not more; nothing waits while idle.

mod batch;
mod intake;
mod item;
mod ledger;
mod people;

pub(crate) use batch::redrive;
pub use intake::Intake;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{QuarantineId, ResultId};
use crate::domain::tally::Arrival;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/IngestResults";

/// What became of one analyte of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// The result it stands under, and which word of it it is.
    pub result: Option<(ResultId, u32)>,
    /// Why, in words that a laboratory's engineer can act on.
    pub reason: String,
    /// Under which it waits.
    pub quarantine: Option<QuarantineId>,
}

/// What became of one analyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was taken, one way or another.
    Arrived(Arrival),
    /// It can not be read at all; nothing of it is kept.
    Refused,
}

impl Answer {
    fn refused(why: &str) -> Self {
        Self { outcome: Outcome::Refused, result: None, reason: why.to_owned(), quarantine: None }
    }
}
