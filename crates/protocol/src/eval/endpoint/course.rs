//! The course of a fact: its values in the order of time, their change, and the slope of the line that lies nearest
//! to them (semantics 38; the fact `derive = "slope"` of a dictionary).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Period;
use crate::Protocol;
use crate::eval::chart::Chart;
use crate::eval::facts::{Observed, Value};
use crate::eval::time::{day_of, days_between};
use crate::ids::FactId;
use crate::model::Subject;

/// Days of a month where a slope is told a month: a twelfth of 365.25.
const MONTH_DAYS: Decimal = Decimal::from_parts(304_375, 0, 0, false, 4);

/// The values of one fact, or of the facts of one activity, in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Each fact's values in the order of time.
    pub values: Vec<(FactId, Vec<(Date, Decimal)>)>,
}

impl Course {
    /// The last value less the first; none with fewer than two days.
    pub fn change(&self, fact: &FactId) -> Option<Decimal> {
        let (_, values) = self.values.iter().find(|(id, _)| id == fact)?;
        let ((first_day, first), (last_day, last)) = (values.first()?, values.last()?);
        (first_day < last_day).then_some(())?;
        last.checked_sub(*first)
    }

    /// The change a month along the line of least squares; none with fewer than two days.
    pub fn slope(&self, fact: &FactId) -> Option<Decimal> {
        let (_, values) = self.values.iter().find(|(id, _)| id == fact)?;
        slope_per_month(values)
    }
}

/// The change a month along the line of least squares through values of days; none with fewer than two days. A month
/// is a twelfth of 365.25 days. Exact decimals, divided once at the end.
pub fn slope_per_month(values: &[(Date, Decimal)]) -> Option<Decimal> {
    let (start, _) = values.first()?;
    let count = Decimal::from(values.len());
    let (mut sum_x, mut sum_y, mut sum_xx, mut sum_xy) =
        (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    for (day, value) in values {
        let x = Decimal::from(days_between(*start, *day));
        sum_x = sum_x.checked_add(x)?;
        sum_y = sum_y.checked_add(*value)?;
        sum_xx = sum_xx.checked_add(x.checked_mul(x)?)?;
        sum_xy = sum_xy.checked_add(x.checked_mul(*value)?)?;
    }
    let spread = count.checked_mul(sum_xx)?.checked_sub(sum_x.checked_mul(sum_x)?)?;
    let rise = count.checked_mul(sum_xy)?.checked_sub(sum_x.checked_mul(sum_y)?)?;
    rise.checked_mul(MONTH_DAYS)?.checked_div(spread)
}

/// Numbers of a fact with their days at the site; what has no date or no number is left out.
pub(in crate::eval) fn numbers<'a>(
    observed: impl IntoIterator<Item = &'a Observed>,
    chart: &Chart,
) -> Vec<(Date, Decimal)> {
    let dated = observed.into_iter().filter_map(|one| match (&one.value, one.at.bounds(&chart.zone)) {
        (Value::Number(quantity), Some(bounds)) => Some((bounds.earliest, quantity.value)),
        _ => None,
    });
    let mut dated: Vec<_> = dated.collect();
    dated.sort();
    dated.into_iter().map(|(at, value)| (day_of(at, &chart.zone), value)).collect()
}

pub(super) fn of(protocol: &Protocol, subject: &Subject, chart: &Chart, period: &Period) -> Course {
    let facts = match subject {
        Subject::Fact(fact) => vec![fact.clone()],
        Subject::Activity(activity) => {
            protocol.activities.get(activity).map(|activity| activity.yields.clone()).unwrap_or_default()
        }
    };
    let values = |fact: FactId| {
        let mut values = numbers(chart.facts.of(&fact), chart);
        values.retain(|(day, _)| period.holds(*day));
        (fact, values)
    };
    Course { values: facts.into_iter().map(values).collect() }
}
