//! Holdpoint api.
