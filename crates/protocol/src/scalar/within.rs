//! A window after an event: `2 weeks after dose`. Both ends are inside (semantics 11).

use std::fmt;

use super::error::by_text;
use super::{Anchor, Scalar, Scan, Span};

/// `SPAN after EVENT`: never a bare span, since a window without an anchor decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Within {
    /// How long the window is open.
    pub span: Span,
    /// What opens it; after `dose` every dose opens one (semantics 12).
    pub after: Anchor,
}

impl Scalar for Within {
    const NAME: &'static str = "window after an event";
    const ALLOWED: &'static str = "a span after an event, such as 2 weeks after dose";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let span = Span::scan(scan)?;
        scan.expect(" after ")?;
        Some(Self { span, after: Anchor::scan(scan)? })
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {}", self.span, self.after)
    }
}

by_text!(Within);
