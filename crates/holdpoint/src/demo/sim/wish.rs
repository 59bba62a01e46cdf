//! Which facts would make the file's conditions come out as wished: the way back from a condition to values. Each condition
//! becomes its alternatives, each alternative a list of demands on single facts; the first choice in which no two demands
//! contradict each other is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use holdpoint_clinical::Unit;
use holdpoint_protocol::condition::{Atom, Condition, Op, Test};
use holdpoint_protocol::dictionary::{Fact, FactKind};
use holdpoint_protocol::ids::{FactId, Word};
use rust_decimal::Decimal;

/// A condition, and what should come of it.
pub(crate) type Wish<'a> = (&'a Condition, bool);

/// What is asked of each fact.
pub(crate) type Demands = BTreeMap<FactId, Demand>;

/// What is asked of one fact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Demand {
    /// The fact.
    pub fact: Arc<Fact>,
    /// Its values.
    pub values: Values,
}

/// The values that would do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// Yes or no.
    Yes(bool),
    /// One of these words.
    Words(BTreeSet<Word>),
    /// A number between two ends, in the unit as the condition writes it.
    Number { least: Option<End>, most: Option<End>, unit: Option<Unit> },
}

/// An end of a range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct End {
    pub at: Decimal,
    /// Whether the end itself would do.
    pub inside: bool,
}

/// Demands that fulfil every wish at once; none where the wishes contradict each other.
pub(crate) fn fulfil(wishes: &[Wish<'_>]) -> Option<Demands> {
    choose(wishes, &Demands::new())
}

fn choose(wishes: &[Wish<'_>], taken: &Demands) -> Option<Demands> {
    let Some(((condition, wanted), rest)) = wishes.split_first() else { return Some(taken.clone()) };
    alternatives(condition, *wanted)
        .iter()
        .filter_map(|alternative| with(taken, alternative))
        .find_map(|taken| choose(rest, &taken))
}

fn with(taken: &Demands, further: &[Demand]) -> Option<Demands> {
    let mut all = taken.clone();
    for demand in further {
        let id = demand.fact.id.clone();
        let both = match all.get(&id) {
            Some(known) => Demand { values: known.values.and(&demand.values)?, ..demand.clone() },
            None => demand.clone(),
        };
        all.insert(id, both);
    }
    Some(all)
}

/// Every way in which the condition comes out as wanted.
fn alternatives(condition: &Condition, wanted: bool) -> Vec<Vec<Demand>> {
    match (condition, wanted) {
        (Condition::Not(inner), _) => alternatives(inner, !wanted),
        (Condition::Or(parts), true) => parts.iter().flat_map(|part| alternatives(part, true)).collect(),
        // The last part of an "and" is the judgement, the first the finding: rather another judgement than another finding.
        (Condition::And(parts), false) => {
            parts.iter().rev().flat_map(|part| alternatives(part, false)).collect()
        }
        (Condition::And(parts), true) | (Condition::Or(parts), false) => {
            parts.iter().fold(vec![Vec::new()], |ways, part| {
                let of_part = alternatives(part, wanted);
                ways.iter()
                    .flat_map(|way| of_part.iter().map(move |more| [way.as_slice(), more].concat()))
                    .collect()
            })
        }
        (Condition::Atom(atom), _) => of_atom(atom, wanted).into_iter().map(|demand| vec![demand]).collect(),
    }
}

fn of_atom(atom: &Atom, wanted: bool) -> Vec<Demand> {
    let values = match &atom.test {
        Test::Yes => vec![Values::Yes(wanted)],
        Test::Number { op, value, unit } => numbers(if wanted { *op } else { opposite(*op) }, *value, unit),
        Test::Between { least, most, unit } if wanted => vec![Values::Number {
            least: Some(End { at: *least, inside: true }),
            most: Some(End { at: *most, inside: true }),
            unit: unit.clone(),
        }],
        Test::Between { least, most, unit } => {
            [numbers(Op::Less, *least, unit), numbers(Op::Greater, *most, unit)].concat()
        }
        Test::Word { op, word } => {
            words(&atom.fact, |other| compares(&atom.fact, *op, other, word) == wanted)
        }
        Test::OneOf(list) => words(&atom.fact, |other| list.contains(other) == wanted),
    };
    let possible = values.into_iter().filter(|values| values.can_be(&atom.fact));
    possible.map(|values| Demand { fact: atom.fact.clone(), values }).collect()
}

fn opposite(op: Op) -> Op {
    match op {
        Op::Less => Op::AtLeast,
        Op::AtMost => Op::Greater,
        Op::Equal => Op::NotEqual,
        Op::NotEqual => Op::Equal,
        Op::AtLeast => Op::Less,
        Op::Greater => Op::AtMost,
    }
}

fn numbers(op: Op, at: Decimal, unit: &Option<Unit>) -> Vec<Values> {
    let end = |inside| Some(End { at, inside });
    let range = |least, most| Values::Number { least, most, unit: unit.clone() };
    match op {
        Op::Less => vec![range(None, end(false))],
        Op::AtMost => vec![range(None, end(true))],
        Op::Equal => vec![range(end(true), end(true))],
        Op::NotEqual => vec![range(None, end(false)), range(end(false), None)],
        Op::AtLeast => vec![range(end(true), None)],
        Op::Greater => vec![range(end(false), None)],
    }
}

fn compares(fact: &Fact, op: Op, left: &Word, right: &Word) -> bool {
    match (fact.rank(left), fact.rank(right)) {
        (Some(left), Some(right)) => op.holds(left.cmp(&right)),
        _ => (left == right) == (op == Op::Equal),
    }
}

fn words(fact: &Fact, fits: impl Fn(&Word) -> bool) -> Vec<Values> {
    let known = match &fact.kind {
        FactKind::Choice(words) | FactKind::Ordered(words) => words.as_slice(),
        _ => &[],
    };
    let fitting: BTreeSet<Word> = known.iter().filter(|word| fits(word)).cloned().collect();
    if fitting.is_empty() { Vec::new() } else { vec![Values::Words(fitting)] }
}

impl Values {
    /// Whether the fact has such values: nothing that is measured or counted is below its range, or below zero.
    fn can_be(&self, fact: &Fact) -> bool {
        let Self::Number { most: Some(most), .. } = self else { return true };
        let floor = fact.range.map_or(Decimal::ZERO, |range| range.least);
        most.at > floor || (most.inside && most.at == floor)
    }

    /// What satisfies both; none where nothing can.
    fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Yes(a), Self::Yes(b)) => (a == b).then_some(Self::Yes(*a)),
            (Self::Words(a), Self::Words(b)) => {
                let both: BTreeSet<Word> = a.intersection(b).cloned().collect();
                (!both.is_empty()).then_some(Self::Words(both))
            }
            (Self::Number { least, most, unit }, Self::Number { least: l, most: m, unit: u })
                if unit == u =>
            {
                let least = tighter(*least, *l, |a, b| a > b);
                let most = tighter(*most, *m, |a, b| a < b);
                let empty = least.zip(most).is_some_and(|(low, high)| {
                    low.at > high.at || (low.at == high.at && !(low.inside && high.inside))
                });
                (!empty).then_some(Self::Number { least, most, unit: unit.clone() })
            }
            _ => None,
        }
    }
}

fn tighter(a: Option<End>, b: Option<End>, beats: fn(Decimal, Decimal) -> bool) -> Option<End> {
    match (a, b) {
        (Some(a), Some(b)) if a.at == b.at => Some(End { at: a.at, inside: a.inside && b.inside }),
        (Some(a), Some(b)) => Some(if beats(a.at, b.at) { a } else { b }),
        (one, other) => one.or(other),
    }
}
