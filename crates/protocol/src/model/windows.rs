//! How far from its day a scheduled activity may be done, by how often it recurs (semantics 32).

use std::collections::BTreeMap;

use super::Head;
use crate::scalar::{Cadence, Window};

/// `[windows]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Section and assumptions.
    pub head: Head,
    /// The window of each cadence.
    pub by_cadence: BTreeMap<Cadence, Window>,
}
