//! Holdpoint safety.
