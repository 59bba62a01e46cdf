//! Which laboratory findings are offered to a person as adverse events (semantics 40).

use crate::Protocol;
use crate::ids::FactId;

/// Whether the platform offers findings of this fact to a person. What the file spares is graded and shown, and people
/// alone raise it: low counts are the disease under study.
pub fn offers(protocol: &Protocol, fact: &FactId) -> bool {
    let laboratory = protocol.adverse_events.laboratory.as_ref();
    laboratory.is_none_or(|laboratory| !laboratory.spare.contains(fact))
}
