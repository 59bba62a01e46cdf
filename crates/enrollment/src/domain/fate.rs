//! Decides what becomes of a permit that ends without an allocation: whether it is given back or voided, and whether a void
//! may be written of one that was never claimed (holds.md step 3 and "A randomisation").

use serde::{Deserialize, Serialize};

use super::allocation::Attempt;

/// What became of a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// An attempt claimed it.
    Claimed(Attempt),
    /// Received and not used.
    Returned,
    /// Its answer was never given, or was not heard by a person's statement.
    Void,
}

/// What is done with a permit on the way out without an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveBack {
    /// It was never claimed: returned.
    Return,
    /// The claim stands: voided.
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

/// In which words the void of a permit that has no row may be written; none where only a person's statement can. A journal
/// that went back in time may have lost the claim, and even what was shown.
pub fn void_unclaimed(went_back: bool, stated: bool) -> Option<&'static str> {
    match (went_back, stated) {
        (false, _) => Some("never claimed"),
        (true, true) => Some("not heard"),
        (true, false) => None,
    }
}
