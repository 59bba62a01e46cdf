//! The suspension of one hold as a document that an ethics committee can file: reported, effective, the last Go before, what was in
//! flight and what became of it, the Gos after it, who decided what and why, and the journal rows that prove it. One shape for the
//! screen (`lines`), for programs (JSON) and for paper (`page`); all of it is what safety says, in safety's words.

mod lines;
mod page;
mod parts;
#[cfg(test)]
mod tests;
mod words;

use anyhow::Context as _;
use holdpoint_api::safety::v1 as pb;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use page::html;
pub use parts::{Check, Decision, Event, Flight, Notice, Proof, Row, ServiceHead, Signature};

use crate::demo::time::from_proto;
use parts::all;

/// The document. Times are UTC; the page shows them in the zone that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The trial.
    pub trial: String,
    /// The hold.
    pub hold: String,
    /// "placed", "effective" or "released"
    pub state: String,
    /// "the whole trial", "site cq2"
    pub covers: String,
    /// "randomization", "first doses", "doses"
    pub stops: Vec<String>,
    /// What ends it: "pending board decision"
    pub kind: String,
    /// Why, in words.
    pub reason: String,
    /// The rule of the trial file; empty where a person placed it.
    pub rule: String,
    /// Who placed it.
    pub placed_by: String,
    /// The event behind it.
    pub event: Option<Event>,
    /// When the event behind it was reported, or the hold placed.
    pub reported_at: Option<Timestamp>,
    /// When the hold was placed.
    pub placed_at: Option<Timestamp>,
    /// From when on nobody could hear a Go for what it covers.
    pub effective_at: Option<Timestamp>,
    /// "at once", "settled" or "life over"; empty while it is not effective.
    pub effective_how: String,
    /// Machine time from the placing to the effective hold; 0 where it was at once, or where safety restarted in between.
    pub effective_after_ms: u64,
    /// When two people released it.
    pub released_at: Option<Timestamp>,
    /// The last Go before it was effective.
    pub last_go_before: Option<Flight>,
    /// Gos heard after it was effective. The promise is 0.
    pub gos_after_effective: u32,
    /// Permits given while it stood. The promise is 0.
    pub permits_while_held: u32,
    /// What was in flight when it was placed.
    pub in_flight: Vec<Flight>,
    /// What each service found.
    pub checks: Vec<Check>,
    /// Its alerts.
    pub alerts: Vec<Notice>,
    /// What the safety board decided.
    pub decisions: Vec<Decision>,
    /// Who signed the release.
    pub signatures: Vec<Signature>,
    /// What proves it.
    pub proof: Proof,
}

impl Document {
    /// Reads safety's answer.
    pub fn of(board: &pb::SuspensionBoard) -> anyhow::Result<Self> {
        let hold = board.hold.as_ref().context("safety answered a board without its hold")?;
        Ok(Self {
            trial: hold.trial.clone(),
            hold: hold.hold.clone(),
            state: hold.state.clone(),
            covers: words::covers(hold.scope.as_ref()),
            stops: hold.activities().map(|activity| words::stops(activity).to_owned()).collect(),
            kind: words::kind(hold.kind()).to_owned(),
            reason: hold.reason.clone(),
            rule: hold.rule.clone(),
            placed_by: board.placed_by.clone(),
            event: board.event.as_ref().map(Event::from),
            reported_at: from_proto(board.reported_at.as_ref()),
            placed_at: from_proto(hold.placed_at.as_ref()),
            effective_at: from_proto(hold.effective_at.as_ref()),
            effective_how: board.effective_how.clone(),
            effective_after_ms: hold.effective_after_ms,
            released_at: from_proto(hold.released_at.as_ref()),
            last_go_before: board.last_go.as_ref().map(Flight::from),
            gos_after_effective: board.gos_after_effective,
            permits_while_held: board.permits_while_held,
            in_flight: all(&board.flights),
            checks: all(&board.checks),
            alerts: all(&board.alerts),
            decisions: all(&board.decisions),
            signatures: all(&hold.signatures),
            proof: Proof { rows: all(&board.rows), heads: all(&board.heads) },
        })
    }

    /// Nothing was begun that the hold covers once it was effective.
    pub fn is_kept(&self) -> bool {
        self.gos_after_effective == 0 && self.permits_while_held == 0
    }

    /// Released: what it says does not change any more, but for what was in flight.
    pub fn is_over(&self) -> bool {
        self.released_at.is_some()
    }
}
