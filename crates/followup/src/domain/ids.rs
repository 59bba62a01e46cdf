//! The names that followup uses, each kind a type of its own: a subject's never turns into a record's. Ids are passed
//! in, never minted here. Phases, activities and events keep the types of the protocol crate.

pub use holdpoint_copies::ids::{HoldId, SubjectId, TrialId};

holdpoint_copies::ids! {
    /// A record that an activity was performed.
    RecordId,
    /// A deviation from the protocol that somebody wrote down.
    DeviationId,
}
