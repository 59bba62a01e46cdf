//! The suspension board of one hold, each service's check with its time and whose silence must be told, and what the
//! safety board decided. Architecture, "Life of a serious adverse event", steps 5 to 7.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{CohortId, DecisionId, HoldId, Peer, Person, TrialId};

/// What one service found when a hold reached it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Civil time at the service.
    pub at: Timestamp,
    /// In a sentence.
    pub summary: String,
    /// What it lists: infusions frozen or in progress, subjects in screening.
    pub items: Vec<String>,
}

/// The rows of safety's journal that tell of one hold: their numbers in the trial's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rows {
    /// Its placing.
    pub placed: Option<u64>,
    /// That it is effective.
    pub effective: Option<u64>,
    /// Its release.
    pub released: Option<u64>,
}

/// The checks of one hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The hold.
    pub hold: HoldId,
    /// The trial.
    pub trial: TrialId,
    /// When the event behind it was reported, or the hold placed.
    pub reported_at: Timestamp,
    /// Each service that must answer, with its check once it has.
    pub checks: BTreeMap<Peer, Option<Check>>,
    /// The silence of the rest was told.
    pub silence_told: bool,
    /// Where safety's journal tells of the hold.
    #[serde(default)]
    pub rows: Rows,
}

impl Board {
    /// A service that is silent this long is told of (machine time from the placing).
    pub const SILENCE: Duration = Duration::from_secs(10);

    /// A board on which every peer is awaited.
    pub fn open(hold: HoldId, trial: TrialId, at: Timestamp, peers: impl IntoIterator<Item = Peer>) -> Self {
        let checks = peers.into_iter().map(|peer| (peer, None)).collect();
        Self { hold, trial, reported_at: at, checks, silence_told: false, rows: Rows::default() }
    }

    /// Where one service's check stands: "checked", "silent" once its silence was told, or "waiting".
    pub fn word(&self, service: &Peer) -> &'static str {
        match self.checks.get(service) {
            Some(Some(_)) => "checked",
            _ if self.silence_told => "silent",
            _ => "waiting",
        }
    }

    /// Takes a service's check. The first stands: a repeat changes nothing.
    pub fn checked(mut self, by: Peer, check: Check) -> Self {
        self.checks.entry(by).or_default().get_or_insert(check);
        self
    }

    /// The services that are silent and whose silence must be told, once for each hold.
    pub fn silent(&self, waited: Duration) -> Vec<&Peer> {
        if self.silence_told || waited < Self::SILENCE {
            return vec![];
        }
        self.checks.iter().filter(|(_, check)| check.is_none()).map(|(peer, _)| peer).collect()
    }
}

/// A decision that a cohort may open, by one of the parties that the trial file asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The cohort.
    pub cohort: CohortId,
    /// Who decided: a party of the trial file, "safety-board" or "regulator".
    pub party: String,
    /// Where another party's decision is written.
    pub reference: String,
}

/// A recorded decision of the safety board. It lifts nothing: releases are signed for each hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The trial.
    pub trial: TrialId,
    /// In words.
    pub text: String,
    /// The holds it speaks of.
    pub holds: Vec<HoldId>,
    /// The cohort that it lets open.
    #[serde(default)]
    pub opens: Option<Opening>,
    /// The member who recorded it.
    pub by: Person,
    /// Civil time.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Board {
        Board::open("h".into(), "t".into(), Timestamp::UNIX_EPOCH, ["dosing".into(), "enrollment".into()])
    }

    fn check(summary: &str) -> Check {
        Check { at: Timestamp::UNIX_EPOCH, summary: summary.to_owned(), items: vec![] }
    }

    #[test]
    fn silence_is_told_after_ten_seconds() {
        let board = board().checked("dosing".into(), check("froze 3"));
        assert!(board.silent(Duration::from_millis(9_999)).is_empty());
        assert_eq!(board.silent(Duration::from_secs(10)), [&Peer::from("enrollment")]);
        assert_eq!(board.word(&"enrollment".into()), "waiting");
        let told = Board { silence_told: true, ..board };
        assert!(told.silent(Duration::from_secs(99)).is_empty());
        assert_eq!((told.word(&"enrollment".into()), told.word(&"dosing".into())), ("silent", "checked"));
    }

    #[test]
    fn a_second_check_of_the_same_service_changes_nothing() {
        let once = board().checked("dosing".into(), check("froze 3"));
        assert_eq!(once.clone().checked("dosing".into(), check("froze 0")), once);
    }
}
