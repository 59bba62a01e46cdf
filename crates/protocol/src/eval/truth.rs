//! Three-valued truth, and answers that carry their reasons (semantics 1).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::FactId;

/// True, false, or not known; combined as Kleene does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It is not so.
    False,
    /// Nobody knows yet.
    Unknown,
    /// It is so.
    True,
}

impl Truth {
    /// Both: the lesser of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either: the greater of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word of reports and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Self {
        if known { Self::True } else { Self::False }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A truth with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The truth, empty fields counting as their `unset` says.
    pub truth: Truth,
    /// The truth if empty fields were unknown, whatever their `unset` says.
    pub strict: Truth,
    /// Sentences that decide it: facts, values and times.
    pub reasons: Vec<String>,
    /// The facts that were looked at.
    pub read: BTreeSet<FactId>,
    /// The facts that nobody has given and that the truth waits for.
    pub missing: BTreeSet<FactId>,
}

impl Answer {
    /// An answer for one reason.
    pub fn known(truth: Truth, reason: impl Into<String>) -> Self {
        Self {
            truth,
            strict: truth,
            reasons: vec![reason.into()],
            read: BTreeSet::new(),
            missing: BTreeSet::new(),
        }
    }

    /// An answer that needs no reason.
    pub fn bare(truth: Truth) -> Self {
        Self { reasons: Vec::new(), ..Self::known(truth, "") }
    }

    /// Whether it is true only because an empty field counts as something (semantics 3).
    pub fn via_unset(&self) -> bool {
        self.truth == Truth::True && self.strict != Truth::True
    }

    /// Both must hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.joined(other, Truth::and, Truth::False)
    }

    /// Either suffices.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.joined(other, Truth::or, Truth::True)
    }

    /// Keeps the reasons of those that decide: of the one that settles it alone, or of those that are
    /// as undecided as the whole.
    fn joined(self, other: Self, join: impl Fn(Truth, Truth) -> Truth, settles: Truth) -> Self {
        let truth = join(self.truth, other.truth);
        let strict = join(self.strict, other.strict);
        let mut joint = Self { truth, strict, ..Self::bare(truth) };
        let both_open = truth == !settles;
        for part in [self, other] {
            joint.read.extend(part.read);
            if part.truth == truth || both_open {
                joint.reasons.extend(part.reasons);
                joint.missing.extend(part.missing);
            }
        }
        joint
    }

    /// All must hold; with none it is true.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().reduce(Self::and).unwrap_or_else(|| Self::bare(Truth::True))
    }

    /// One suffices; with none it is false.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().reduce(Self::or).unwrap_or_else(|| Self::bare(Truth::False))
    }
}

impl std::ops::Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        Self { truth: !self.truth, strict: !self.strict, ..self }
    }
}
