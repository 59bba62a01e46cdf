//! A fact of an adverse event and the time at which it took its value. Each change is kept for itself, because a
//! window of a rule is asked of each (protocols README, sentence 10).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a fact says. Numbers are exact and carry the unit of the trial's dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactValue {
    /// A number with its unit; a score or a count has none.
    Number {
        /// Exact decimal.
        value: Decimal,
        /// As the dictionary writes it; empty for a score or a count.
        unit: String,
    },
    /// Yes or no.
    Yes(bool),
    /// One word of a list.
    Word(String),
    /// Several words ticked at once; none ticked is none, not unknown.
    Words(BTreeSet<String>),
    /// A civil date.
    Date(Date),
}

/// When a fact took its value. A date without a time counts as any moment of that day (sentence 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// Nobody said.
    Unknown,
    /// A day at the site.
    On(Date),
    /// A moment.
    At(Timestamp),
}

/// One value that a fact took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The value.
    pub value: FactValue,
    /// Since when.
    pub since: Since,
    /// Version of the adverse event that brought it.
    pub version: u32,
    /// It came by a recorded assessment.
    pub assessed: bool,
}

/// A fact as somebody gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFact {
    /// Id in the dictionary: "grade", "mechanical-ventilation".
    pub fact: String,
    /// The value.
    pub value: FactValue,
    /// Since when.
    pub since: Since,
}

/// All values that one fact took, in the order they were told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(Vec<Change>);

impl History {
    /// Every change that stands.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// The value told last.
    pub fn latest(&self) -> Option<&Change> {
        self.0.last()
    }

    /// Adds a change, or corrects one: the same value with another time corrects that value's time, another value
    /// with the same time (or with none on either side) corrects that value. Everything else is a further change.
    /// Answers whether anything differs.
    pub fn take(&mut self, change: Change) -> bool {
        let Some(last) = self.0.last() else {
            self.0.push(change);
            return true;
        };
        if last.value == change.value && (last.since == change.since || change.since == Since::Unknown) {
            let differs = change.assessed && !last.assessed;
            if let Some(last) = self.0.last_mut() {
                last.assessed |= change.assessed;
            }
            return differs;
        }
        let corrects = last.value == change.value || last.since == change.since;
        if corrects {
            self.0.pop();
        }
        self.0.push(change);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(value: i64, since: Since) -> Change {
        let value = FactValue::Number { value: Decimal::from(value), unit: String::new() };
        Change { value, since, version: 1, assessed: false }
    }

    fn at(second: i64) -> Since {
        Since::At(Timestamp::from_second(second).unwrap())
    }

    fn after(changes: &[Change]) -> Vec<Change> {
        let mut history = History::default();
        for change in changes {
            history.take(change.clone());
        }
        history.changes().to_vec()
    }

    #[test]
    fn a_worsening_is_a_further_change() {
        assert_eq!(after(&[grade(3, at(1)), grade(4, at(2))]), [grade(3, at(1)), grade(4, at(2))]);
    }

    #[test]
    fn a_corrected_time_and_a_corrected_value_replace() {
        assert_eq!(after(&[grade(3, at(1)), grade(3, at(2))]), [grade(3, at(2))]);
        assert_eq!(after(&[grade(3, at(1)), grade(4, at(1))]), [grade(4, at(1))]);
        assert_eq!(after(&[grade(3, Since::Unknown), grade(3, at(2))]), [grade(3, at(2))]);
    }

    #[test]
    fn the_same_again_changes_nothing() {
        let mut history = History::default();
        assert!(history.take(grade(3, at(1))));
        assert!(!history.take(grade(3, at(1))));
        assert!(!history.take(grade(3, Since::Unknown)));
        assert_eq!(history.changes(), [grade(3, at(1))]);
    }

    #[test]
    fn an_assessment_of_the_same_value_is_kept_as_assessed() {
        let mut history = History::default();
        history.take(grade(3, at(1)));
        assert!(history.take(Change { assessed: true, version: 2, ..grade(3, at(1)) }));
        assert!(history.latest().unwrap().assessed);
    }
}
