//! How far apart subjects are treated.

use super::Head;
use crate::scalar::Span;

/// `[stagger]`: the gap between first doses of different subjects (semantics 41).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stagger {
    /// Section, label and assumptions.
    pub head: Head,
    /// Between what, in the paper's words.
    pub between: Option<String>,
    /// At least so far apart.
    pub gap: Span,
}
