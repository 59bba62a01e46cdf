//! A point in a participant's time: an event, a dose, or a span before or after one.

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, Span};
use crate::ids::EventId;

/// What a moment hangs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// An event of the protocol or of a dictionary.
    Event(EventId),
    /// The n-th investigational dose, from 1.
    Dose(u32),
    /// Every investigational dose, each for itself.
    EachDose,
    /// The subject's last day in the study.
    EndOfStudy,
    /// The end of the whole trial.
    EndOfTrial,
}

/// `SPAN after EVENT`, `SPAN before EVENT`, `EVENT`, `each dose`, `dose 1` (format 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// When it happens.
    At(Anchor),
    /// So long after it.
    After(Span, Anchor),
    /// So long before it.
    Before(Span, Anchor),
}

impl Moment {
    /// What the moment hangs on.
    pub fn anchor(&self) -> &Anchor {
        match self {
            Self::At(anchor) | Self::After(_, anchor) | Self::Before(_, anchor) => anchor,
        }
    }
}

impl Scalar for Anchor {
    const NAME: &'static str = "event";
    const ALLOWED: &'static str = "the id of an event, dose N, each dose, end of study or end of trial";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let dose = scan.attempt(|s| {
            s.expect("dose ")?;
            s.count()
        });
        if let Some(number) = dose {
            return Some(Self::Dose(number));
        }
        if scan.eat("each dose") {
            return Some(Self::EachDose);
        }
        if scan.eat("end of study") {
            return Some(Self::EndOfStudy);
        }
        if scan.eat("end of trial") {
            return Some(Self::EndOfTrial);
        }
        let word = scan.take(|c| c.is_alphanumeric() || c == '-' || c == '_')?;
        word.parse().ok().map(Self::Event)
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => write!(f, "{event}"),
            Self::Dose(number) => write!(f, "dose {number}"),
            Self::EachDose => f.write_str("each dose"),
            Self::EndOfStudy => f.write_str("end of study"),
            Self::EndOfTrial => f.write_str("end of trial"),
        }
    }
}

impl Scalar for Moment {
    const NAME: &'static str = "moment";
    const ALLOWED: &'static str = "an event, dose N, each dose, or a span after or before one, \
                                   such as 6 months after last-treatment";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let span = scan.attempt(|s| {
            let span = Span::scan(s)?;
            let after = s.eat(" after ");
            (after || s.eat(" before ")).then_some((span, after))
        });
        let anchor = Anchor::scan(scan)?;
        Some(match span {
            None => Self::At(anchor),
            Some((span, true)) => Self::After(span, anchor),
            Some((span, false)) => Self::Before(span, anchor),
        })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(anchor) => write!(f, "{anchor}"),
            Self::After(span, anchor) => write!(f, "{span} after {anchor}"),
            Self::Before(span, anchor) => write!(f, "{span} before {anchor}"),
        }
    }
}

by_text!(Anchor);
by_text!(Moment);
