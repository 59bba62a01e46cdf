//! One line of the schedule: how often, or on which days, an activity is due (format 3.3; semantics 31 to 33).

use std::fmt;

use rust_decimal::Decimal;

use super::error::by_text;
use super::{Anchor, Cadence, Scalar, Scan, SpanUnit};

/// What a line asks, and how firmly.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// How often or when.
    pub kind: LineKind,
    /// How firmly.
    pub duty: Duty,
}

/// How often or when an activity is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Once in the phase.
    Once,
    /// Never due; done when needed.
    AsNeeded,
    /// In each consecutive span from the opening of the phase.
    Per {
        /// Whether the file says "at least", as all lines mean.
        at_least: bool,
        /// How many are due.
        least: u32,
        /// The upper end of `1-2 per week`; beyond it is no deviation.
        most: Option<u32>,
        /// In each of these spans.
        cadence: Cadence,
        /// Only in a part of the phase.
        part: Option<LinePart>,
    },
    /// On fixed days.
    At {
        /// The unit of the points.
        unit: SpanUnit,
        /// How many units after the anchor; negative is before.
        points: Vec<Decimal>,
        /// The anchor; without one the opening of the phase.
        after: Option<Anchor>,
    },
}

/// The part of a phase in which a recurring line stands, counted from 1 at the opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinePart {
    /// `in month 1`, `in year 2..3`: both ends inside.
    In {
        /// The unit counted.
        unit: SpanUnit,
        /// The first one.
        first: u32,
        /// The last one, when more than one.
        last: Option<u32>,
    },
    /// `from year 3`: that one and all later.
    From {
        /// The unit counted: month or year.
        unit: SpanUnit,
        /// The first one.
        first: u32,
    },
}

/// How firmly a line asks (semantics 33).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Due, and overdue when missed.
    Due,
    /// Offered, never overdue.
    Optional,
    /// Due, and a person may close it with a reason.
    Waivable,
}

fn once_or_needed(scan: &mut Scan<'_>) -> Option<LineKind> {
    if scan.eat("once") {
        Some(LineKind::Once)
    } else if scan.eat("as needed") {
        Some(LineKind::AsNeeded)
    } else {
        None
    }
}

fn per(scan: &mut Scan<'_>) -> Option<LineKind> {
    let at_least = scan.eat("at least ");
    let least = scan.count()?;
    let most = if scan.eat("-") { Some(scan.count()?) } else { None };
    scan.expect(" per ")?;
    let number = scan.attempt(|s| {
        let number = s.count()?;
        s.expect(" ")?;
        Some(number)
    });
    let unit = SpanUnit::scan(scan)?;
    scan.eat("s");
    let cadence = Cadence { unit, number: number.unwrap_or(1) };
    if cadence.number == 0 || most.is_some_and(|most| most < least) {
        return None;
    }
    Some(LineKind::Per { at_least, least, most, cadence, part: part(scan)? })
}

/// Outer none: a part that is no part; inner none: no part.
fn part(scan: &mut Scan<'_>) -> Option<Option<LinePart>> {
    if scan.eat(" in ") {
        let unit = SpanUnit::scan(scan).filter(|unit| *unit >= SpanUnit::Day)?;
        scan.expect(" ")?;
        let first = scan.count()?;
        let last = if scan.eat("..") { Some(scan.count()?) } else { None };
        if last.is_some_and(|last| last < first) {
            return None;
        }
        return Some(Some(LinePart::In { unit, first, last }));
    }
    if scan.eat(" from ") {
        let unit = SpanUnit::scan(scan).filter(|unit| *unit >= SpanUnit::Month)?;
        scan.expect(" ")?;
        return Some(Some(LinePart::From { unit, first: scan.count()? }));
    }
    Some(None)
}

fn at(scan: &mut Scan<'_>) -> Option<LineKind> {
    scan.expect("at ")?;
    let unit = SpanUnit::scan(scan)?;
    scan.expect(" ")?;
    let mut points = vec![point(scan)?];
    while let Some(next) = scan.attempt(|s| {
        s.expect(", ")?;
        point(s)
    }) {
        points.push(next);
    }
    let after = if scan.eat(" after ") { Some(Anchor::scan(scan)?) } else { None };
    Some(LineKind::At { unit, points, after })
}

fn point(scan: &mut Scan<'_>) -> Option<Decimal> {
    let before = scan.eat("-");
    let number = scan.decimal()?;
    Some(if before { -number } else { number }.normalize())
}

impl Scalar for Line {
    const NAME: &'static str = "schedule line";
    const ALLOWED: &'static str = "once; as needed; [at least] N[-M] per [K] UNIT [in UNIT A[..B] | from UNIT A]; \
        at UNIT N, N, ... [after EVENT]; each perhaps with , optional or , waivable";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let kind = scan.attempt(once_or_needed).or_else(|| scan.attempt(per)).or_else(|| scan.attempt(at))?;
        let duty = if scan.eat(", optional") {
            Duty::Optional
        } else if scan.eat(", waivable") {
            Duty::Waivable
        } else {
            Duty::Due
        };
        Some(Self { kind, duty })
    }
}

impl fmt::Display for LinePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In { unit, first, last: Some(last) } => write!(f, "in {unit} {first}..{last}"),
            Self::In { unit, first, last: None } => write!(f, "in {unit} {first}"),
            Self::From { unit, first } => write!(f, "from {unit} {first}"),
        }
    }
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once => f.write_str("once"),
            Self::AsNeeded => f.write_str("as needed"),
            Self::Per { at_least, least, most, cadence, part } => {
                write!(f, "{}{least}", if *at_least { "at least " } else { "" })?;
                if let Some(most) = most {
                    write!(f, "-{most}")?;
                }
                match cadence.number {
                    1 => write!(f, " per {}", cadence.unit)?,
                    number => write!(f, " per {number} {}s", cadence.unit)?,
                }
                part.map_or(Ok(()), |part| write!(f, " {part}"))
            }
            Self::At { unit, points, after } => {
                let points: Vec<String> = points.iter().map(Decimal::to_string).collect();
                write!(f, "at {unit} {}", points.join(", "))?;
                after.as_ref().map_or(Ok(()), |anchor| write!(f, " after {anchor}"))
            }
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duty = match self.duty {
            Duty::Due => "",
            Duty::Optional => ", optional",
            Duty::Waivable => ", waivable",
        };
        write!(f, "{}{duty}", self.kind)
    }
}

by_text!(Line);
