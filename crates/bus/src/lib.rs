//! Holdpoint bus.
