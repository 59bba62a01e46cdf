//! Holdpoint enrollment.
