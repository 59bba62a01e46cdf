//! Each assumption is needed: without it the checker shows a way to break a property.

use holdpoint_model::assumption::Assumption;
use holdpoint_model::explore::{Limits, explore};

fn is_needed(assumption: Assumption) {
    let found = explore(assumption.world(), Limits::until_broken(3_000_000));
    assert!(found.breaks(assumption.breaks()), "{assumption:?}: {found:?}");
}

#[test]
fn safety_keeps_what_it_committed_until_it_was_read() {
    is_needed(Assumption::SafetyKeepsUnread);
}

#[test]
fn dosing_keeps_what_it_committed_until_it_was_read() {
    is_needed(Assumption::DosingKeepsUnread);
}

#[test]
fn whoever_restores_safety_starts_it_anew() {
    is_needed(Assumption::RestoreRestarts);
}
