//! One rung of a drug's ladder: `40 mg 3 per week + 20 mg 4 per week`.

use std::fmt;

use super::error::by_text;
use super::{Amount, DoseUnit, Scalar, Scan, SpanUnit};

/// So many doses of one strength in each span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelPart {
    /// The strength of one dose.
    pub amount: Amount,
    /// Its unit: mg, ug, g or U.
    pub unit: DoseUnit,
    /// How many.
    pub times: u32,
    /// In each of these.
    pub per: SpanUnit,
}

/// The doses of one level, one part or several.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Level(Vec<LevelPart>);

impl Level {
    /// Its parts, in the order written; at least one.
    pub fn parts(&self) -> &[LevelPart] {
        &self.0
    }
}

fn part(scan: &mut Scan<'_>) -> Option<LevelPart> {
    let amount = Amount::scan(scan)?;
    scan.expect(" ")?;
    let unit = DoseUnit::scan(scan)?;
    let of_a_drug = [DoseUnit::Milligram, DoseUnit::Microgram, DoseUnit::Gram, DoseUnit::InternationalUnit]
        .contains(&unit);
    if !of_a_drug {
        return None;
    }
    scan.expect(" ")?;
    let times = scan.count()?;
    scan.expect(" per ")?;
    Some(LevelPart { amount, unit, times, per: SpanUnit::scan(scan)? })
}

impl Scalar for Level {
    const NAME: &'static str = "level";
    const ALLOWED: &'static str =
        "strength and frequency, perhaps added, such as 20 mg 3 per week + 40 mg 4 per week";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let mut parts = vec![part(scan)?];
        while scan.eat(" + ") {
            parts.push(part(scan)?);
        }
        Some(Self(parts))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            let plus = if at == 0 { "" } else { " + " };
            write!(f, "{plus}{} {} {} per {}", part.amount, part.unit.as_str(), part.times, part.per)?;
        }
        Ok(())
    }
}

by_text!(Level);
