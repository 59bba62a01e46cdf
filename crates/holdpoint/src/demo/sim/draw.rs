//! Draws one value out of those that would do: a number on the fact's own steps, a word, a day on which an event lay.

use holdpoint_protocol::dictionary::{Fact, FactKind};
use holdpoint_protocol::ids::EventId;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::chance::Chance;
use super::wish::{Demand, End, Values};

/// A value as a chart shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drawn {
    /// A number in the fact's unit.
    Number(Decimal),
    /// Yes or no.
    Yes(bool),
    /// A word.
    Word(String),
    /// Several words ticked.
    Words(Vec<String>),
    /// So many days since an event, from which the fact is reckoned.
    Since(EventId, i64),
}

/// Where only one end is given, numbers lie within this share of it: 50 %.
const REACH: (i64, u32) = (5, 1);

/// One of the values that would do.
pub(crate) fn draw(demand: &Demand, chance: &mut Chance) -> Drawn {
    match &demand.values {
        Values::Yes(yes) => Drawn::Yes(*yes),
        Values::Words(words) => {
            let all: Vec<String> = words.iter().map(ToString::to_string).collect();
            let word = chance.pick(&all).cloned().unwrap_or_default();
            if demand.fact.many { Drawn::Words(vec![word]) } else { Drawn::Word(word) }
        }
        Values::Number { least, most, unit } => match &demand.fact.kind {
            FactKind::Elapsed(since) | FactKind::Completed(since) => {
                let days = days_of(unit.as_ref().or(demand.fact.unit.as_ref()).map(|unit| unit.as_str()));
                Drawn::Since(since.0.clone(), elapsed(*least, *most, days, chance))
            }
            _ => Drawn::Number(number(&demand.fact, *least, *most, chance)),
        },
    }
}

/// Days in a hundred of a calendar unit.
fn days_of(unit: Option<&str>) -> Decimal {
    Decimal::new(
        match unit.unwrap_or("days") {
            "years" | "year" => 36_525,
            "months" | "month" => 3_044,
            "weeks" | "week" => 700,
            _ => 100,
        },
        2,
    )
}

/// Days that lie well inside the ends: a calendar month has 28 to 31 of them.
fn elapsed(least: Option<End>, most: Option<End>, days: Decimal, chance: &mut Chance) -> i64 {
    let whole = |end: Decimal| (end * days).round().to_i64().unwrap_or(i64::MAX);
    let low = least.map_or(0, |end| whole(end.at));
    let high = most.map_or_else(|| low + (low / 2).max(60), |end| whole(end.at));
    let margin = ((high - low) / 10).max(1);
    chance.between(low + margin, (high - margin).max(low + margin))
}

fn number(fact: &Fact, least: Option<End>, most: Option<End>, chance: &mut Chance) -> Decimal {
    let reach = Decimal::new(REACH.0, REACH.1);
    let floor = fact.range.map_or(Decimal::ZERO, |range| range.least);
    let ceiling = fact.range.map(|range| range.most).or_else(|| {
        let percent = fact.unit.as_ref().is_some_and(|unit| unit.as_str() == "%");
        percent.then_some(Decimal::ONE_HUNDRED)
    });
    let low = least.map_or_else(|| most.map_or(floor, |end| end.at * reach).max(floor), |end| end.at);
    let high = most.map_or_else(|| low + (low * reach).max(Decimal::TEN), |end| end.at);
    let high = ceiling.map_or(high, |ceiling| high.min(ceiling));
    let step = fact.step.unwrap_or_else(|| step(fact, high - low));
    let first = (low / step).ceil() * step;
    let first = if least.is_some_and(|end| !end.inside && end.at == first) { first + step } else { first };
    let last = (high / step).floor() * step;
    let last = if most.is_some_and(|end| !end.inside && end.at == last) { last - step } else { last };
    let steps = ((last - first) / step).to_i64().unwrap_or(0);
    (first + step * Decimal::from(chance.between(0, steps))).normalize()
}

/// Scores and counts are whole; a quantity is read to a tenth where the range is narrow.
fn step(fact: &Fact, width: Decimal) -> Decimal {
    let whole = !matches!(fact.kind, FactKind::Quantity) || width >= Decimal::TEN;
    if whole { Decimal::ONE } else { Decimal::new(1, 1) }
}
