//! Holdpoint protocol.
