//! Holdpoint clinical.
