//! What is given at once: a number with its unit, per kilogram or square meter where the file says so,
//! or one of three words that leave the number to a person or a product.

use std::fmt;

use rust_decimal::Decimal;

use super::error::by_text;
use super::{Amount, Scalar, Scan};

/// The unit of a dose, by its UCUM-like word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DoseUnit {
    /// Cells.
    Cells,
    /// Micrograms.
    Microgram,
    /// Milligrams.
    Milligram,
    /// Grams.
    Gram,
    /// International units.
    InternationalUnit,
    /// Milliliters.
    Milliliter,
    /// Microliters.
    Microliter,
    /// Tablets.
    Tablet,
}

impl DoseUnit {
    /// All units.
    pub const ALL: [Self; 8] = [
        Self::Cells,
        Self::Microgram,
        Self::Milligram,
        Self::Gram,
        Self::InternationalUnit,
        Self::Milliliter,
        Self::Microliter,
        Self::Tablet,
    ];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Microgram => "ug",
            Self::Milligram => "mg",
            Self::Gram => "g",
            Self::InternationalUnit => "U",
            Self::Milliliter => "ml",
            Self::Microliter => "uL",
            Self::Tablet => "tablet",
        }
    }

    pub(crate) fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| scan.eat(unit.as_str()))
    }
}

/// What a dose is reckoned by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DosePer {
    /// Each kilogram of body weight.
    Kilogram,
    /// Each square meter of body surface.
    SquareMeter,
    /// Each microliter injected.
    Microliter,
}

impl DosePer {
    const ALL: [Self; 3] = [Self::Kilogram, Self::SquareMeter, Self::Microliter];

    fn as_str(self) -> &'static str {
        match self {
            Self::Kilogram => "/kg",
            Self::SquareMeter => "/m2",
            Self::Microliter => "/uL",
        }
    }
}

/// A dose in numbers: `1e6 cells/kg`, `5..10 ug/kg/day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DoseAmount {
    /// The lower end of a range; the same as `most` without one.
    pub least: Amount,
    /// The dose, or the upper end of a range.
    pub most: Amount,
    /// Its unit.
    pub unit: DoseUnit,
    /// What it is reckoned by; none for a fixed dose.
    pub per: Option<DosePer>,
    /// Whether it is the dose of a whole day.
    pub per_day: bool,
}

impl DoseAmount {
    /// The exact number of a dose that is no range.
    pub fn single(&self) -> Option<Decimal> {
        (self.least == self.most).then(|| self.most.value())
    }

    /// The unit with what it is reckoned by, as the file writes it: `ug/kg/day`.
    pub fn unit_words(&self) -> String {
        let per_day = if self.per_day { "/day" } else { "" };
        format!("{}{}{per_day}", self.unit.as_str(), self.per.map_or("", DosePer::as_str))
    }
}

/// What is given at once (format 3.3; semantics 16 and 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dose {
    /// As the patient needs it; nothing is planned.
    AsNeeded,
    /// All of the product, however much it is.
    WholeProduct,
    /// A prescriber gives the amount; nothing is reckoned.
    ToBeEntered,
    /// A number.
    Amount(DoseAmount),
}

impl Dose {
    /// Whether the dose is reckoned by body weight.
    pub fn is_per_kilogram(&self) -> bool {
        matches!(self, Self::Amount(DoseAmount { per: Some(DosePer::Kilogram), .. }))
    }

    /// The dose in numbers, when it has some.
    pub fn amount(&self) -> Option<&DoseAmount> {
        match self {
            Self::Amount(amount) => Some(amount),
            _ => None,
        }
    }
}

impl Scalar for Dose {
    const NAME: &'static str = "dose";
    const ALLOWED: &'static str = "as needed, whole product, to be entered, or a number (or range A..B) of \
        cells, ug, mg, g, U, ml, uL or tablet, perhaps /kg, /m2 or /uL, perhaps /day, such as 1e6 cells/kg";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        for (word, dose) in [
            ("as needed", Self::AsNeeded),
            ("whole product", Self::WholeProduct),
            ("to be entered", Self::ToBeEntered),
        ] {
            if scan.eat(word) {
                return Some(dose);
            }
        }
        let least = scan.attempt(|s| {
            let least = Amount::scan(s)?;
            s.expect("..")?;
            Some(least)
        });
        let most = Amount::scan(scan)?;
        scan.expect(" ")?;
        let unit = DoseUnit::scan(scan)?;
        let per = DosePer::ALL.into_iter().find(|per| scan.eat(per.as_str()));
        let per_day = scan.eat("/day");
        let least = least.unwrap_or(most);
        (least <= most).then_some(Self::Amount(DoseAmount { least, most, unit, per, per_day }))
    }
}

impl fmt::Display for DoseAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least != self.most {
            write!(f, "{}..", self.least)?;
        }
        write!(f, "{} {}", self.most, self.unit_words())
    }
}

impl fmt::Display for Dose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsNeeded => f.write_str("as needed"),
            Self::WholeProduct => f.write_str("whole product"),
            Self::ToBeEntered => f.write_str("to be entered"),
            Self::Amount(amount) => write!(f, "{amount}"),
        }
    }
}

by_text!(Dose);
