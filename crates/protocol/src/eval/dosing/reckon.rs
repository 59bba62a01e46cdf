//! How much a dose is for this body: the baseline weight, until the weight of the day differs enough, and
//! the bounds that what is given must keep (semantics 16 and 17).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::Course;
use crate::eval::Stamp;
use crate::eval::time::{before, day_of};
use crate::scalar::{Dose, DoseAmount, DosePer, DoseUnit, Weigh};

/// A body weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighing {
    /// In kilograms.
    pub kg: Decimal,
    /// When.
    pub at: Stamp,
}

/// The weights a dose may be reckoned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    /// The weight at baseline.
    pub baseline: Option<Weighing>,
    /// The newest weight.
    pub newest: Option<Weighing>,
}

/// What a dose was reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It is the same for everybody.
    Fixed,
    /// The weight at baseline.
    Baseline(Weighing),
    /// The weight that `weigh` asks for.
    Day(Weighing),
}

/// A dose in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoned {
    /// The dose; for a range its upper end.
    pub amount: Decimal,
    /// Its unit.
    pub unit: DoseUnit,
    /// The least that may be given.
    pub least: Decimal,
    /// The most that may be given.
    pub most: Decimal,
    /// From what.
    pub basis: Basis,
    /// Sentences that decide it.
    pub reasons: Vec<String>,
}

/// Why no dose is reckoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreckoned {
    /// As much as the product has.
    WholeProduct,
    /// A prescriber gives the amount.
    ToBeEntered,
    /// Given as needed, never planned.
    AsNeeded,
    /// A weight is missing, not fresh enough, or no weight of a body.
    NoWeight(String),
    /// Not reckoned by weight, or beyond what can be reckoned.
    NotByWeight(String),
}

impl Reckoned {
    /// Whether an amount may be given: within the tolerance, both ends inside.
    pub fn allows(&self, given: Decimal) -> bool {
        self.least <= given && given <= self.most
    }
}

/// Reckons one dose to be given at a moment.
///
/// # Errors
/// Why nothing is reckoned, or what is missing.
pub fn reckon(
    course: &Course,
    weights: &Weights,
    at: Timestamp,
    zone: &TimeZone,
) -> Result<Reckoned, Unreckoned> {
    let amount = match course.dose {
        Some(Dose::Amount(amount)) => amount,
        Some(Dose::WholeProduct) => return Err(Unreckoned::WholeProduct),
        Some(Dose::AsNeeded) => return Err(Unreckoned::AsNeeded),
        Some(Dose::ToBeEntered) | None => return Err(Unreckoned::ToBeEntered),
    };
    let (factor, basis, mut reasons) = match amount.per {
        None => (Decimal::ONE, Basis::Fixed, vec![format!("the dose is {amount} for everybody")]),
        Some(DosePer::Kilogram) => {
            let (basis, reasons) = weight_to_use(course, weights, at, zone)?;
            let kg = match basis {
                Basis::Baseline(weighing) | Basis::Day(weighing) => weighing.kg,
                Basis::Fixed => Decimal::ONE,
            };
            (kg, basis, reasons)
        }
        Some(_) => return Err(Unreckoned::NotByWeight(format!("{amount} is not reckoned by weight"))),
    };
    let (amount, least, most) = bounds(course, &amount, factor)
        .ok_or_else(|| Unreckoned::NotByWeight(format!("{amount} is beyond what can be reckoned")))?;
    let unit = course.dose.as_ref().and_then(Dose::amount).map_or(DoseUnit::Cells, |amount| amount.unit);
    reasons.push(format!("{amount} {}, at least {least}, at most {most}", unit.as_str()));
    Ok(Reckoned { amount, unit, least, most, basis, reasons })
}

/// Without a tolerance only the very dose may be given.
fn bounds(course: &Course, dose: &DoseAmount, factor: Decimal) -> Option<(Decimal, Decimal, Decimal)> {
    let share = course.tolerance.map_or(Decimal::ZERO, |tolerance| tolerance.percent().share());
    let (low, high) = (dose.least.value().checked_mul(factor)?, dose.most.value().checked_mul(factor)?);
    let least = low.checked_mul(Decimal::ONE.checked_sub(share)?.max(Decimal::ZERO))?;
    let most = high.checked_mul(Decimal::ONE.checked_add(share)?)?;
    Some((high.normalize(), least.normalize(), most.normalize()))
}

/// The baseline weight stands until the asked weight differs from it by at least `reweigh`; where the file
/// has no `reweigh`, the asked weight stands.
fn weight_to_use(
    course: &Course,
    weights: &Weights,
    at: Timestamp,
    zone: &TimeZone,
) -> Result<(Basis, Vec<String>), Unreckoned> {
    let newest = fresh(course, weights, at, zone)?;
    let Some(reweigh) = course.reweigh else {
        return Ok((Basis::Day(newest), vec![format!("weight {} kg", newest.kg)]));
    };
    let baseline = weights.baseline.ok_or_else(|| Unreckoned::NoWeight("no baseline weight".to_owned()))?;
    let baseline = bodily(baseline)?;
    let difference = (newest.kg - baseline.kg).abs();
    let follows = difference >= baseline.kg * reweigh.share();
    let told = format!("{} kg against {} kg at baseline", newest.kg, baseline.kg);
    Ok(if follows {
        (
            Basis::Day(newest),
            vec![format!("{told} differs by at least {reweigh}: the weight of the day stands")],
        )
    } else {
        (
            Basis::Baseline(baseline),
            vec![format!("{told} differs by less than {reweigh}: the baseline stands")],
        )
    })
}

fn fresh(course: &Course, weights: &Weights, at: Timestamp, zone: &TimeZone) -> Result<Weighing, Unreckoned> {
    let asked = course.weigh.map_or("asked".to_owned(), |weigh| weigh.to_string());
    let missing = || Unreckoned::NoWeight(format!("no weight {asked}"));
    let newest = bodily(weights.newest.ok_or_else(missing)?)?;
    let weighed = newest.at.bounds(zone).ok_or_else(missing)?;
    let fits = match course.weigh {
        Some(Weigh::OnTheDay) => newest.at.day(zone) == Some(day_of(at, zone)),
        Some(Weigh::WithinBeforeDose(span)) => {
            before(at, span, zone) <= weighed.latest && weighed.earliest <= at
        }
        None => weighed.earliest <= at,
    };
    if fits { Ok(newest) } else { Err(missing()) }
}

fn bodily(weighing: Weighing) -> Result<Weighing, Unreckoned> {
    if weighing.kg > Decimal::ZERO && weighing.kg < Decimal::ONE_THOUSAND {
        return Ok(weighing);
    }
    Err(Unreckoned::NoWeight(format!("{} kg is no weight of a body", weighing.kg)))
}
