//! What safety stores: its own aggregates, and its copies of what enrollment told. Each is one table of the shape
//! that all services share.

mod aggregates;
mod copies;
mod trial;

use holdpoint_journal::TableSpec;

pub use aggregates::{AlertSequence, FindingRow, StoredVerdicts, VerdictWords, numbered};
pub use copies::{DelegationRow, Milestone, ProtocolRow, SiteRow, Subject};
pub use trial::Trial;

use crate::domain::adverse_event::AdverseEvent;
use crate::domain::alert::Alert;
use crate::domain::board::{Board, Decision};
use crate::domain::candidate::Candidate;
use crate::domain::hold::Hold;
use crate::domain::obligation::Obligation;
use crate::domain::permit::Permit;

/// Word in a key column that marks what stands, so that it is found without reading the rest.
pub const YES: &str = "yes";

/// Every table of safety.
pub fn tables() -> Vec<TableSpec> {
    vec![
        TableSpec::of::<Hold>(),
        TableSpec::of::<Permit>(),
        TableSpec::of::<AdverseEvent>(),
        TableSpec::of::<StoredVerdicts>(),
        TableSpec::of::<FindingRow>(),
        TableSpec::of::<Alert>(),
        TableSpec::of::<AlertSequence>(),
        TableSpec::of::<Candidate>(),
        TableSpec::of::<Obligation>(),
        TableSpec::of::<Board>(),
        TableSpec::of::<Decision>(),
        TableSpec::of::<ProtocolRow>(),
        TableSpec::of::<SiteRow>(),
        TableSpec::of::<DelegationRow>(),
        TableSpec::of::<Subject>(),
        TableSpec::of::<crate::commands::going_back::Gap>(),
        TableSpec::of::<crate::commands::restoring::Restored>(),
    ]
}

/// Key of something of one subject: unique over trials.
pub fn in_trial(trial: impl AsRef<str>, id: impl AsRef<str>) -> String {
    format!("{}/{}", trial.as_ref(), id.as_ref())
}
