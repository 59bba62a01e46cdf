//! Facts: what can be known of a participant, of one adverse event, or of one lot of a product.

use std::fmt;
use std::str::FromStr;

use holdpoint_clinical::Unit;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, FactId, Word};
use crate::scalar::ScalarError;

/// The declaration of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its id.
    pub id: FactId,
    /// Whose fact it is.
    pub domain: FactDomain,
    /// What values it takes.
    pub kind: FactKind,
    /// The unit of its numbers; scores and counts have none.
    pub unit: Option<Unit>,
    /// The LOINC code under which laboratories send it.
    pub loinc: Option<String>,
    /// The numbers that exist.
    pub range: Option<FactRange>,
    /// Only multiples of this exist.
    pub step: Option<Decimal>,
    /// How it is reckoned from other facts.
    pub derive: Option<Derivation>,
    /// What an empty field counts as; without it an empty field is unknown (semantics 1).
    pub unset: Option<Word>,
    /// Whether several words hold at once; none ticked is none, not unknown (semantics 1).
    pub many: bool,
    /// A judgement: it has no time of its own in a window (semantics 10).
    pub judged: bool,
    /// Its name for people.
    pub label: Option<String>,
    /// The scale it belongs to.
    pub scale: Option<String>,
    /// Who judges it.
    pub by: Option<String>,
    /// The score it is a part of.
    pub part_of: Option<FactId>,
}

/// Whose fact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactDomain {
    /// The participant's.
    Subject,
    /// One adverse event's.
    AdverseEvent,
    /// One lot's of a product.
    Lot,
}

/// What values a fact takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// A measured number with a unit.
    Quantity,
    /// A number on a scale.
    Score,
    /// A number of things.
    Count,
    /// One of some words, without order.
    Choice(Vec<Word>),
    /// One of some words, lowest first.
    Ordered(Vec<Word>),
    /// Yes or no.
    YesNo,
    /// Time since an event; compared in any calendar unit.
    Elapsed(Since),
    /// Whole units completed since an event, such as years of age.
    Completed(Since),
}

/// The event from which an elapsed or completed fact counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since(pub EventId);

/// The smallest and the largest number of a fact, both inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactRange {
    /// The smallest.
    pub least: Decimal,
    /// The largest.
    pub most: Decimal,
}

/// The fixed list of ways to reckon a fact from others (format 3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// Body surface by Mosteller: the root of height (cm) times weight (kg) by 3,600.
    Mosteller {
        /// The fact of the weight.
        weight: FactId,
        /// The fact of the height.
        height: FactId,
    },
    /// The slope of a score over time.
    Slope {
        /// The score.
        of: FactId,
    },
}

impl FactKind {
    /// The word of the dictionary.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Score => "score",
            Self::Count => "count",
            Self::Choice(_) => "choice",
            Self::Ordered(_) => "ordered",
            Self::YesNo => "yes-no",
            Self::Elapsed(_) => "elapsed",
            Self::Completed(_) => "completed",
        }
    }

    /// The words it takes, lowest first when ordered; none for numbers and yes-no.
    pub fn words(&self) -> &[Word] {
        match self {
            Self::Choice(words) | Self::Ordered(words) => words,
            _ => &[],
        }
    }

    /// Whether its values are numbers.
    pub fn is_number(&self) -> bool {
        !matches!(self, Self::Choice(_) | Self::Ordered(_) | Self::YesNo)
    }
}

impl Fact {
    /// The place of a word in the order of an ordered fact, from 0.
    pub fn rank(&self, word: &Word) -> Option<usize> {
        match &self.kind {
            FactKind::Ordered(words) => words.iter().position(|known| known == word),
            _ => None,
        }
    }
}

impl FromStr for FactRange {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let error = || ScalarError {
            name: "range",
            found: text.to_owned(),
            allowed: "two numbers, the lower first, such as 1..5",
        };
        let (least, most) = text.split_once("..").ok_or_else(error)?;
        let number = |text: &str| text.parse::<Decimal>().map_err(|_| error());
        let range = Self { least: number(least)?, most: number(most)? };
        if range.least <= range.most { Ok(range) } else { Err(error()) }
    }
}

impl fmt::Display for FactRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.least, self.most)
    }
}
