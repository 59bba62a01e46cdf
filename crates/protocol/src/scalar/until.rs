//! When a phase of the schedule, or the collection of adverse events, ends.

use std::fmt;

use super::error::by_text;
use super::{Moment, Scalar, Scan, Span};

/// One end of a phase: a moment, or a span from the phase's own opening. The first of several ends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PhaseEnd {
    /// So long after the opening.
    Lasting(Span),
    /// At a moment of its own.
    Moment(Moment),
}

/// Until when adverse events are collected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CollectEnd {
    /// Never: it outlives the study (semantics 39).
    NoEnd,
    /// At an end as of a phase.
    End(PhaseEnd),
}

impl Scalar for PhaseEnd {
    const NAME: &'static str = "end";
    const ALLOWED: &'static str =
        "a span from the opening such as 24 hours, an event, or a span after an event";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let bare = scan.attempt(|s| {
            let span = Span::scan(s)?;
            s.done().then_some(span)
        });
        match bare {
            Some(span) => Some(Self::Lasting(span)),
            None => Moment::scan(scan).map(Self::Moment),
        }
    }
}

impl fmt::Display for PhaseEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lasting(span) => write!(f, "{span}"),
            Self::Moment(moment) => write!(f, "{moment}"),
        }
    }
}

impl Scalar for CollectEnd {
    const NAME: &'static str = "end of collection";
    const ALLOWED: &'static str = "no end, a span from the opening, an event, or a span after an event";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        if scan.eat("no end") { Some(Self::NoEnd) } else { PhaseEnd::scan(scan).map(Self::End) }
    }
}

impl fmt::Display for CollectEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => f.write_str("no end"),
            Self::End(end) => write!(f, "{end}"),
        }
    }
}

by_text!(PhaseEnd);
by_text!(CollectEnd);
