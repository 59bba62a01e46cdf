//! Conditions: the twelve-word language of the trial format, section 3.4, as a typed tree.
//! Every fact is resolved to its declaration, every unit and number checked, when a file is read;
//! what is left to ask later is only the values.

mod lexer;
mod parser;
mod print;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use holdpoint_clinical::Unit;
use rust_decimal::Decimal;

use crate::dictionary::Fact;
use crate::ids::{FactId, Word};

pub use parser::{ConditionError, FactScope, parse};

/// A condition over facts. Three-valued when asked (semantics 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// At least one holds; two or more.
    Or(Vec<Condition>),
    /// All hold; two or more.
    And(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A question about one fact.
    Atom(Atom),
}

/// A question about one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The declaration of the fact: kind, unit, order of its words, what an empty field counts as.
    pub fact: Arc<Fact>,
    /// What is asked of it.
    pub test: Test,
}

/// What is asked of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// A yes-no fact is yes.
    Yes,
    /// A number against a number.
    Number {
        /// How.
        op: Op,
        /// The number, in `unit`.
        value: Decimal,
        /// The unit as written; for elapsed facts it may differ from the declared one.
        unit: Option<Unit>,
    },
    /// A number in a range, both ends inside.
    Between {
        /// The lower end.
        least: Decimal,
        /// The upper end.
        most: Decimal,
        /// The unit of both, as written.
        unit: Option<Unit>,
    },
    /// A word against a word; `<` and its like only for ordered facts.
    Word {
        /// How.
        op: Op,
        /// The word, one of the fact's.
        word: Word,
    },
    /// A word among several.
    OneOf(Vec<Word>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    AtLeast,
    /// `>`
    Greater,
}

impl Op {
    /// All comparisons.
    pub const ALL: [Self; 6] =
        [Self::Less, Self::AtMost, Self::Equal, Self::NotEqual, Self::AtLeast, Self::Greater];

    /// The sign in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }

    /// Whether the comparison holds when the left side stands so to the right.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::AtLeast => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

impl Condition {
    /// Every question in it, from left to right.
    pub fn atoms(&self) -> Vec<&Atom> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Self::atoms).collect(),
            Self::Not(inner) => inner.atoms(),
            Self::Atom(atom) => vec![atom],
        }
    }

    /// Every fact it names.
    pub fn facts(&self) -> BTreeSet<&FactId> {
        self.atoms().into_iter().map(|atom| &atom.fact.id).collect()
    }
}
