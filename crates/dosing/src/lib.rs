//! Holdpoint dosing.
