//! Takes a laboratory's reports: each is answered after its commit, in the order of its stream. Reports that come while a
//! commit is under way share the next one, so that load makes commits larger and not more; nothing waits while idle.

mod batch;
mod intake;
mod item;
mod ledger;
mod merging;
mod messages;
mod people;

pub(crate) use batch::redrive;
pub use intake::{Answered, Intake};

pub use crate::domain::answer::{Answer, Outcome};

use crate::domain::message::Message;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/IngestResults";

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What became of each analyte, in the report's order.
    pub answers: Vec<Answer>,
    /// The message that it was, as it is kept; and whether it had come before.
    pub message: Option<(Message, bool)>,
}
