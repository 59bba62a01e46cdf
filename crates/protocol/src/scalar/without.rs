//! What must not happen in a run: `platelet-transfusion`, `red-cell-transfusion for 7 days`.

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, Span};
use crate::ids::EventId;

/// An event that breaks a run (semantics 25).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Without {
    /// The event.
    pub event: EventId,
    /// How long before each value it must not have happened either.
    pub lead: Option<Span>,
}

impl Scalar for Without {
    const NAME: &'static str = "event to be without";
    const ALLOWED: &'static str =
        "the id of an event, perhaps for a span, such as red-cell-transfusion for 7 days";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let event = scan.take(|c| c.is_alphanumeric() || c == '-' || c == '_')?.parse().ok()?;
        let lead = if scan.eat(" for ") { Some(Span::scan(scan)?) } else { None };
        Some(Self { event, lead })
    }
}

impl fmt::Display for Without {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.event)?;
        match &self.lead {
            Some(span) => write!(f, " for {span}"),
            None => Ok(()),
        }
    }
}

by_text!(Without);
