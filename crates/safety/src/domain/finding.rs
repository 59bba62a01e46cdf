//! Decides what a rule's answer does to its hold. The same rule and cause place one hold, however often they are
//! asked; unknown holds; nothing is released by an answer. protocols README, sentences 3, 4 and 9.

use serde::{Deserialize, Serialize};

use super::hold::{Hold, HoldKind};
use super::ids::HoldId;

/// What a rule answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It does not apply.
    False,
    /// It cannot be said, or holds only through what an empty field counts as.
    Unknown,
    /// It applies.
    True,
}

impl Truth {
    /// Whether a rule that restrains acts on it.
    pub fn holds(self) -> bool {
        self != Self::False
    }

    /// "true", "false" or "unknown".
    pub fn word(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        }
    }
}

/// What is remembered of one rule about one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it answered last.
    pub truth: Truth,
    /// The hold that it placed last.
    pub hold: Option<HoldId>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Place a hold: final when true, pending an assessment when unknown.
    Place,
    /// Answer the pending hold with what the assessment found.
    Assess(Option<bool>),
    /// More became known after an assessment had found the rule false: a further assessment is needed.
    Reopen,
    /// Leave all as it is.
    Nothing,
}

/// Decides one answer. `standing` is the hold of this rule and cause that is not released; `assessment` says that
/// the answer follows a recorded assessment.
pub fn decide(before: Option<&Finding>, standing: Option<&Hold>, truth: Truth, assessment: bool) -> Effect {
    match standing {
        Some(hold) => on_standing(hold, truth, assessment),
        None if truth.holds() && rises(before, truth) => Effect::Place,
        None => Effect::Nothing,
    }
}

/// Whether people are told of an answer that places no hold: once for each rise.
pub fn tells(before: Option<&Finding>, truth: Truth) -> bool {
    let rank = |truth: Truth| truth as u8;
    truth.holds() && before.is_none_or(|before| rank(before.truth) < rank(truth))
}

/// People released the earlier hold knowing what it answered then: it comes back only when the answer rises.
fn rises(before: Option<&Finding>, truth: Truth) -> bool {
    let Some(Finding { truth: before, hold: Some(_) }) = before else { return true };
    matches!((before, truth), (Truth::False, _) | (Truth::Unknown, Truth::True))
}

fn on_standing(hold: &Hold, truth: Truth, assessment: bool) -> Effect {
    if !matches!(hold.kind, HoldKind::PendingAssessment { .. }) {
        return Effect::Nothing;
    }
    match (truth, assessment) {
        (Truth::True, true) => Effect::Assess(Some(true)),
        (Truth::False, true) => Effect::Assess(Some(false)),
        (Truth::Unknown, true) => Effect::Assess(None),
        (Truth::False, false) => Effect::Nothing,
        (_, false) => Effect::Reopen,
    }
}
