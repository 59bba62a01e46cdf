//! Holdpoint chassis.
