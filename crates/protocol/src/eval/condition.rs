//! Asks a condition of facts. Where a fact has several values at once, as on one day, the source says
//! whether all must fit or one suffices; an empty field counts as its dictionary says (semantics 1).

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::facts::{Observed, Value};
use super::time::{Stamp, day_after};
use super::truth::{Answer, Truth};
use crate::condition::{Atom, Condition, Op, Test};
use crate::dictionary::{Fact, FactKind};
use crate::ids::Word;
use crate::scalar::{Span, SpanUnit};

/// What is known of a fact where it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Nobody has given it.
    Missing,
    /// It has values, but took the first of them later than the time looked at: it was none of them.
    NotYet,
    /// It has these values, one or more.
    Values(Vec<Observed>),
}

/// Which of several values of a fact stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The one worst for the condition: a run of days (semantics 22), an inclusion criterion.
    Worst,
    /// The one best for it: a rule that holds (semantics 11), an exclusion criterion.
    Best,
}

/// Where facts are looked up.
pub trait FactSource {
    /// Which of several values stands.
    fn pick(&self) -> Pick;
    /// What is known of a fact.
    fn look(&self, fact: &Arc<Fact>) -> Looked;
    /// The site's time zone, for reasons and calendar spans.
    fn zone(&self) -> &TimeZone;
}

impl From<Vec<Observed>> for Looked {
    fn from(values: Vec<Observed>) -> Self {
        if values.is_empty() { Self::Missing } else { Self::Values(values) }
    }
}

/// Asks a condition.
pub fn ask(condition: &Condition, source: &impl FactSource) -> Answer {
    asked(condition, source, source.pick() == Pick::Best)
}

/// Under `not` the best value of a question is the worst of the whole.
fn asked(condition: &Condition, source: &impl FactSource, best: bool) -> Answer {
    match condition {
        Condition::Or(parts) => Answer::any(parts.iter().map(|part| asked(part, source, best))),
        Condition::And(parts) => Answer::all(parts.iter().map(|part| asked(part, source, best))),
        Condition::Not(inner) => !asked(inner, source, !best),
        Condition::Atom(atom) => atom_asked(atom, source, best),
    }
}

/// Asks a condition for its truth alone: that of [`ask`], without the reasons. A run of days asks it of every day.
pub(super) fn truth(condition: &Condition, source: &impl FactSource) -> Truth {
    truth_of(condition, source, source.pick() == Pick::Best)
}

fn truth_of(condition: &Condition, source: &impl FactSource, best: bool) -> Truth {
    match condition {
        Condition::Or(parts) => {
            parts.iter().map(|part| truth_of(part, source, best)).fold(Truth::False, Truth::or)
        }
        Condition::And(parts) => {
            parts.iter().map(|part| truth_of(part, source, best)).fold(Truth::True, Truth::and)
        }
        Condition::Not(inner) => !truth_of(inner, source, !best),
        Condition::Atom(atom) => match source.look(&atom.fact) {
            Looked::Missing => missing(atom).truth,
            Looked::NotYet => Truth::False,
            Looked::Values(values) => {
                let truths = values.iter().map(|observed| match observed.value.fits(&atom.fact) {
                    true => holds(atom, &observed.value),
                    false => Truth::Unknown,
                });
                let chosen = if best { truths.max() } else { truths.min() };
                chosen.unwrap_or_else(|| missing(atom).truth)
            }
        },
    }
}

fn atom_asked(atom: &Atom, source: &impl FactSource, best: bool) -> Answer {
    let mut answer = match source.look(&atom.fact) {
        Looked::Missing => missing(atom),
        Looked::NotYet => {
            Answer::known(Truth::False, format!("{} was not yet so, asked {atom}", atom.fact.id))
        }
        Looked::Values(values) => {
            let answers = values.iter().map(|observed| observed_asked(atom, observed, source.zone()));
            let chosen = |a: Answer, b: Answer| if (a.truth > b.truth) == best { a } else { b };
            answers.reduce(chosen).unwrap_or_else(|| missing(atom))
        }
    };
    answer.read.insert(atom.fact.id.clone());
    answer
}

fn missing(atom: &Atom) -> Answer {
    let fact = &atom.fact;
    if let Some(word) = &fact.unset {
        let truth = holds(atom, &Value::Word(word.clone()));
        let reason = format!("{} is not given and counts as {word}, asked {atom}", fact.id);
        let mut answer = Answer { strict: Truth::Unknown, ..Answer::known(truth, reason) };
        answer.missing.insert(fact.id.clone());
        return answer;
    }
    if fact.many {
        let none = Value::Words(BTreeSet::new());
        return Answer::known(holds(atom, &none), format!("{} has no word ticked, asked {atom}", fact.id));
    }
    let mut answer = Answer::known(Truth::Unknown, format!("{} is not known, asked {atom}", fact.id));
    answer.missing.insert(fact.id.clone());
    answer
}

fn observed_asked(atom: &Atom, observed: &Observed, zone: &TimeZone) -> Answer {
    let Observed { value, at } = observed;
    let fact = &atom.fact;
    if !value.fits(fact) {
        let reason = format!("{value} is no value of {}, asked {atom}", fact.id);
        let mut answer = Answer::known(Truth::Unknown, reason);
        answer.missing.insert(fact.id.clone());
        return answer;
    }
    let reckoned = matches!(fact.kind, FactKind::Completed(_) | FactKind::Elapsed(_));
    let since = match at {
        Stamp::Undated => String::new(),
        _ if reckoned => String::new(),
        at => format!(" ({})", at.in_words(zone)),
    };
    Answer::known(holds(atom, value), format!("{} is {value}{since}, asked {atom}", fact.id))
}

/// Whether a value of the right kind passes the test.
fn holds(atom: &Atom, value: &Value) -> Truth {
    match (&atom.test, value) {
        (Test::Yes, Value::Yes(yes)) => Truth::from(*yes),
        (Test::Number { op, value: limit, .. }, Value::Number(found)) => {
            Truth::from(op.holds(found.value.cmp(limit)))
        }
        (Test::Between { least, most, .. }, Value::Number(found)) => {
            Truth::from(*least <= found.value && found.value <= *most)
        }
        (test, Value::Elapsed { since, until }) => {
            elapsed_holds(test, |span| until.cmp(&day_after(*since, span)))
        }
        (Test::Word { op, word }, Value::Word(found)) => {
            Truth::from(word_holds(&atom.fact, *op, found, word))
        }
        (Test::Word { op, word }, Value::Words(found)) => {
            Truth::from(found.contains(word) == (*op != Op::NotEqual))
        }
        (Test::OneOf(words), Value::Word(found)) => Truth::from(words.contains(found)),
        (Test::OneOf(words), Value::Words(found)) => {
            Truth::from(words.iter().any(|word| found.contains(word)))
        }
        _ => Truth::Unknown,
    }
}

fn word_holds(fact: &Fact, op: Op, found: &Word, limit: &Word) -> bool {
    match (fact.rank(found), fact.rank(limit)) {
        (Some(found), Some(limit)) => op.holds(found.cmp(&limit)),
        _ => (found == limit) == (op == Op::Equal),
    }
}

/// Time since an event stands to a span as today stands to the event's day and the span.
fn elapsed_holds(test: &Test, stands: impl Fn(Span) -> Ordering) -> Truth {
    let span = |number: &Decimal, unit: &Option<holdpoint_clinical::Unit>| {
        let word = unit.as_ref()?.as_str().trim_end_matches('s');
        let unit = SpanUnit::ALL.into_iter().find(|unit| unit.as_str() == word)?;
        Span::new(*number, unit)
    };
    let truth = match test {
        Test::Number { op, value, unit } => span(value, unit).map(|span| op.holds(stands(span))),
        Test::Between { least, most, unit } => span(least, unit)
            .zip(span(most, unit))
            .map(|(least, most)| stands(least).is_ge() && stands(most).is_le()),
        _ => None,
    };
    truth.map_or(Truth::Unknown, Truth::from)
}
