//! Holdpoint journal.
