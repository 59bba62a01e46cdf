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
    /// The dose; none where the file gives a range, of which a prescriber takes an amount.
    pub amount: Option<Decimal>,
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreckoned {
    /// As much as the product has.
    #[error("the whole product is given, however much it is")]
    WholeProduct,
    /// A prescriber gives the amount; also where the file leaves the dose out.
    #[error("a prescriber gives the amount")]
    ToBeEntered,
    /// Given as needed, never planned.
    #[error("it is given as needed")]
    AsNeeded,
    /// The weight that `weigh` asks for is missing.
    #[error("no weight was taken")]
    NoWeight,
    /// The newest weight was not taken when `weigh` wants it.
    #[error("the weight was not taken when the file wants it")]
    StaleWeight(Stamp),
    /// There is no weight at baseline to compare with.
    #[error("no baseline weight is known")]
    NoBaseline,
    /// No body weighs so much.
    #[error("{0} kg is no weight of a body")]
    NoBody(Decimal),
    /// Not reckoned by weight, or beyond what can be reckoned.
    #[error("{0} can not be reckoned by weight")]
    NotByWeight(DoseAmount),
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
        Some(_) => return Err(Unreckoned::NotByWeight(amount)),
    };
    let (reckoned, least, most) = bounds(course, &amount, factor).ok_or(Unreckoned::NotByWeight(amount))?;
    let unit = amount.unit;
    reasons.push(match reckoned {
        Some(reckoned) => format!("{reckoned} {}, at least {least}, at most {most}", unit.as_str()),
        None => format!("between {least} and {most} {}, as prescribed", unit.as_str()),
    });
    Ok(Reckoned { amount: reckoned, unit, least, most, basis, reasons })
}

/// The dose and how far what is given may lie from it.
fn bounds(
    course: &Course,
    dose: &DoseAmount,
    factor: Decimal,
) -> Option<(Option<Decimal>, Decimal, Decimal)> {
    let (low, high) = (dose.least.value().checked_mul(factor)?, dose.most.value().checked_mul(factor)?);
    let (least, most) = course.tolerated_of(low, high)?;
    Some(((low == high).then(|| high.normalize()), least, most))
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
    let baseline = bodily(weights.baseline.ok_or(Unreckoned::NoBaseline)?)?;
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
    let newest = bodily(weights.newest.ok_or(Unreckoned::NoWeight)?)?;
    if is_fresh(course, newest.at, at, zone) { Ok(newest) } else { Err(Unreckoned::StaleWeight(newest.at)) }
}

/// Whether a weight taken then serves a dose at a moment, as `weigh` asks. One taken later than the dose serves
/// none, also on the same day.
pub fn is_fresh(course: &Course, weighed: Stamp, at: Timestamp, zone: &TimeZone) -> bool {
    let Some(bounds) = weighed.bounds(zone) else { return false };
    let in_time = match course.weigh {
        Some(Weigh::OnTheDay) => weighed.day(zone) == Some(day_of(at, zone)),
        Some(Weigh::WithinBeforeDose(span)) => before(at, span, zone) <= bounds.latest,
        None => true,
    };
    in_time && bounds.earliest <= at
}

fn bodily(weighing: Weighing) -> Result<Weighing, Unreckoned> {
    if weighing.kg > Decimal::ZERO && weighing.kg < Decimal::ONE_THOUSAND {
        return Ok(weighing);
    }
    Err(Unreckoned::NoBody(weighing.kg))
}
