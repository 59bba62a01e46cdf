//! How far an act may lie from its target: `±1 day`.

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, Span};

/// The same span before and after a target, both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window(Span);

impl Window {
    /// How far to either side.
    pub fn span(&self) -> Span {
        self.0
    }
}

impl Scalar for Window {
    const NAME: &'static str = "window";
    const ALLOWED: &'static str = "± and a span, such as ±1 day";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.expect("±")?;
        Span::scan(scan).map(Self)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "±{}", self.0)
    }
}

by_text!(Window);
