//! Holdpoint testkit.
