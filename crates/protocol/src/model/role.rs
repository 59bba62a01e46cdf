//! The parties that a protocol names: who decides, signs, is told or inspects.

use super::words;

/// A party to a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The investigator.
    Investigator,
    /// The sponsor.
    Sponsor,
    /// The ethics committee.
    EthicsCommittee,
    /// The regulator.
    Regulator,
    /// The safety board.
    SafetyBoard,
    /// The participant.
    Participant,
}

words!(Role {
    Investigator = "investigator",
    Sponsor = "sponsor",
    EthicsCommittee = "ethics-committee",
    Regulator = "regulator",
    SafetyBoard = "safety-board",
    Participant = "participant",
});
