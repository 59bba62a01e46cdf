//! The calculators of a preparative regimen: one dose, how many, and their sum, for one drug (Protocol 6.3).
//! The platform computes; people prescribe.

use rust_decimal::Decimal;

use crate::model::Give;
use crate::scalar::{Dose, DosePer, DoseUnit, Interval};

/// One drug, computed. `single` is one dose, never a day's or a course's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculated {
    /// The drug.
    pub drug: String,
    /// What is given at once.
    pub single: Decimal,
    /// Its unit.
    pub unit: DoseUnit,
    /// How many doses a day.
    pub per_day: u32,
    /// On how many days.
    pub days: u32,
    /// How many doses in all.
    pub doses: u32,
    /// All doses of a day together.
    pub daily: Decimal,
    /// All doses together.
    pub total: Decimal,
}

/// Why a drug is not computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreckonable {
    /// A prescriber gives the amount.
    ToBeEntered,
    /// The weight or the body surface is missing, or none of a body.
    NoBody(&'static str),
    /// A range, a whole product, or an interval that no day holds a whole number of.
    NotAnAmount(String),
}

/// Computes one drug for a body: weight in kilograms, surface in square meters.
///
/// # Errors
/// Why it is not computed.
pub fn calculate(
    give: &Give,
    weight_kg: Option<Decimal>,
    surface_m2: Option<Decimal>,
) -> Result<Calculated, Unreckonable> {
    let amount = match &give.dose {
        Dose::Amount(amount) => amount,
        Dose::ToBeEntered => return Err(Unreckonable::ToBeEntered),
        other => return Err(Unreckonable::NotAnAmount(other.to_string())),
    };
    let unclear = || Unreckonable::NotAnAmount(format!("{} of {}", amount, give.drug));
    let bodily = |value: Option<Decimal>, what| {
        value
            .filter(|value| *value > Decimal::ZERO && *value < Decimal::ONE_THOUSAND)
            .ok_or(Unreckonable::NoBody(what))
    };
    let factor = match amount.per {
        None => Decimal::ONE,
        Some(DosePer::Kilogram) => bodily(weight_kg, "weight")?,
        Some(DosePer::SquareMeter) => bodily(surface_m2, "body surface")?,
        Some(DosePer::Microliter) => return Err(unclear()),
    };
    let per_day = give.every.as_ref().and_then(times_a_day).ok_or_else(unclear)?;
    let days = give.days.ok_or_else(unclear)?;
    let single = amount.single().and_then(|single| single.checked_mul(factor)).ok_or_else(unclear)?;
    let doses = per_day.checked_mul(days).ok_or_else(unclear)?;
    let times = |count: u32| single.checked_mul(Decimal::from(count)).map(|sum| sum.normalize());
    Ok(Calculated {
        drug: give.drug.clone(),
        single: single.normalize(),
        unit: amount.unit,
        per_day,
        days,
        doses,
        daily: times(per_day).ok_or_else(unclear)?,
        total: times(doses).ok_or_else(unclear)?,
    })
}

fn times_a_day(every: &Interval) -> Option<u32> {
    const DAY_SECONDS: i64 = 86_400;
    let seconds = (!every.is_range()).then(|| every.most().exact()).flatten()?.as_secs();
    let whole = seconds > 0 && DAY_SECONDS % seconds == 0;
    whole.then(|| u32::try_from(DAY_SECONDS / seconds).ok()).flatten()
}
