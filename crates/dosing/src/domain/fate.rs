//! Decides what becomes of a permit that ends without a `Go`: whether it is given back or voided, whether a void may be
//! written of one that was never claimed, and whether the heads in safety's answer allow a claim (holds.md steps 3 and 4;
//! "A service that went back in time").

use serde::{Deserialize, Serialize};

use super::ids::Attempt;

/// What became of a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// An attempt claimed it.
    Claimed(Attempt),
    /// Received and not used.
    Returned,
    /// Its `Go` can not be heard any more, or a person says that it was not acted on.
    Void,
}

/// Why a permit is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoidWhy {
    /// Life less margin was over before the `Go` could be said.
    LifeOver,
    /// The void was written before any claim.
    NeverClaimed,
    /// A person states that nothing was given.
    Abandoned,
    /// A person states that the `Go` was not heard or not acted on.
    NotHeard,
}

impl VoidWhy {
    /// The word, as events write it and safety reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LifeOver => "life over",
            Self::NeverClaimed => "never claimed",
            Self::Abandoned => "abandoned",
            Self::NotHeard => "not heard",
        }
    }

    /// Whether a person's statement stands behind it.
    pub fn is_stated(self) -> bool {
        matches!(self, Self::Abandoned | Self::NotHeard)
    }
}

/// What the handler that asked for a permit does with it on the way out without a `Go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveBack {
    /// It was never claimed: returned.
    Return,
    /// This handler's claim stands: voided.
    Void,
    /// It was returned or voided before.
    Nothing,
}

/// Decides it by what is written of the permit.
pub fn give_back(written: Option<Fate>) -> GiveBack {
    match written {
        None => GiveBack::Return,
        Some(Fate::Claimed(_)) => GiveBack::Void,
        Some(Fate::Returned | Fate::Void) => GiveBack::Nothing,
    }
}

/// Why the void of a permit that has no row may be written; none where only a person's statement can. A dosing whose
/// journal went back in time may have claimed what it does not remember (H2, H10).
pub fn void_unclaimed(went_back: bool, statement: Option<&str>) -> Option<VoidWhy> {
    match (went_back, statement.is_some_and(|words| !words.trim().is_empty())) {
        (false, _) => Some(VoidWhy::NeverClaimed),
        (true, true) => Some(VoidWhy::NotHeard),
        (true, false) => None,
    }
}

/// A row's place in a journal: incarnation and number.
pub type Place = (u32, u64);

/// Which journal went back in time, by the heads that came with safety's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WentBack {
    /// Safety has seen rows that dosing lacks.
    Dosing,
    /// Safety lacks rows that dosing had seen when it asked.
    Safety,
}

/// Compares safety's own head in its answer with the one that was sent with the ask; `lacks`: dosing's journal lacks the
/// row that safety says it has seen. What dosing has heard since the ask says nothing: safety goes on writing.
pub fn disagreement(theirs: Place, sent: Place, lacks: bool) -> Option<WentBack> {
    match (lacks, theirs < sent) {
        (true, _) => Some(WentBack::Dosing),
        (false, true) => Some(WentBack::Safety),
        (false, false) => None,
    }
}
