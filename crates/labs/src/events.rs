//! What labs tells the others of each thing it decides: the only place that knows both. No event carries personal data,
//! and no text of a laboratory: words in place of a number are told as such, without the words.

use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::labs::v1 as pb;
use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_journal::{Chain, Entry};
use jiff::Timestamp;
use prost::Message;
use serde_json::{Value as Json, json};

use crate::domain::candidate::Candidate;
use crate::domain::course::{EventTold, ResponseTold};
use crate::domain::derivation::Change;
use crate::domain::feed::Feed;
use crate::domain::identity::Whose;
use crate::domain::ids::{FeedId, SubjectId, TrialId};
use crate::domain::quarantine::Quarantined;
use crate::domain::reading::Reading;
use crate::domain::result::{LabResult, Standing};

/// Results in one row: with at most 100 bytes each it stays far below the largest row.
pub const RESULTS_A_ROW: usize = 1_000;

/// A moment as messages write it.
pub fn time(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// The chain of a trial.
pub fn chain(trial: &TrialId) -> Chain {
    Chain::trial(trial.as_str())
}

fn event(trial: &TrialId, kind: &'static str, message: &impl Message) -> Entry {
    Entry::event(chain(trial), kind, message.encode_to_vec())
}

/// An audit row: what only this service needs to remember.
pub fn audit(chain: Chain, kind: &'static str, what: Json) -> Entry {
    Entry::audit(chain, kind, what)
}

/// A feed may send.
pub fn feed_registered(feed: &Feed) -> Entry {
    let what = json!({ "feed": feed.id, "sites": feed.sites, "time_zone": feed.time_zone });
    audit(Chain::Service, "holdpoint.labs.v1.FeedRegistered", what)
}

/// A hospital number was linked. Whose it is, and neither the number nor its hash.
pub fn subject_linked(whose: &Whose) -> Entry {
    let what = json!({ "subject": whose.subject });
    audit(chain(&whose.trial), "holdpoint.labs.v1.SubjectLinked", what)
}

/// What stands under a result, for readers. None while nothing stands.
pub fn result(result: &LabResult) -> Option<pb::Result> {
    let (version, taken_at, reading) = match result.standing() {
        Standing::Nothing => return None,
        Standing::Void { version, taken_at } => (version, taken_at, None),
        Standing::Stands { version, taken_at, reading } => (version, taken_at, Some(reading)),
    };
    let value = match &reading {
        Some(Reading::Number(measured)) => Some(Value {
            of: Some(Of::Number(measured.value.normalize().to_string())),
            unit: result.unit.clone().unwrap_or_default(),
        }),
        _ => None,
    };
    Some(pb::Result {
        result: result.id.to_string(),
        version,
        subject: result.whose.subject.to_string(),
        fact: result.fact.clone().unwrap_or_default(),
        unquantified: reading.is_some() && value.is_none(),
        value,
        taken_at: Some(time(taken_at)),
        void: reading.is_none(),
    })
}

/// A number of a linked patient went up in another, which may be another subject's of the same trial by now. Neither number
/// nor hash is told.
pub fn number_merged(feed: &FeedId, whose: &Whose, other: Option<&SubjectId>) -> Entry {
    let what = json!({ "feed": feed, "subject": whose.subject, "stands_beside": other });
    audit(chain(&whose.trial), "holdpoint.labs.v1.NumberMerged", what)
}

/// A number went up in another, and nobody was linked to it.
pub fn number_merged_unlinked(feed: &FeedId) -> Entry {
    audit(Chain::Service, "holdpoint.labs.v1.NumberMerged", json!({ "feed": feed }))
}

/// Messages that came for the first time, each with what it was answered.
pub fn messages_kept(messages: Json) -> Entry {
    audit(Chain::Service, "holdpoint.labs.v1.MessagesKept", json!({ "messages": messages }))
}

/// Results of one trial that were committed together, and which requests brought them.
pub fn results_recorded(trial: &TrialId, results: Vec<pb::Result>, private: Json) -> Entry {
    let message = pb::ResultsRecorded { trial: trial.to_string(), results };
    event(trial, "holdpoint.labs.v1.ResultsRecorded", &message).private(private)
}

/// Words that were kept and changed nothing that stands.
pub fn words_kept(chain: Chain, private: Json) -> Entry {
    audit(chain, "holdpoint.labs.v1.WordsKept", private)
}

/// What follows from a subject's counts changed.
pub fn derived(whose: &Whose, change: &Change) -> Entry {
    match change {
        Change::Event(id, told) => event_derived(whose, id, told, false),
        Change::EventGone(id, told) => event_derived(whose, id, told, true),
        Change::Response(id, told) => {
            event(&whose.trial, "holdpoint.labs.v1.ResponseChanged", &response(whose, id, told))
        }
        Change::Candidate(candidate) => proposed(whose, candidate, false),
        Change::CandidateGone(candidate) => proposed(whose, candidate, true),
    }
}

fn event_derived(whose: &Whose, id: &str, told: &EventTold, withdrawn: bool) -> Entry {
    let message = pb::EventDerived { withdrawn, ..found(whose, id, told) };
    event(&whose.trial, "holdpoint.labs.v1.EventDerived", &message)
}

/// An event as it stands.
pub fn found(whose: &Whose, id: &str, told: &EventTold) -> pb::EventDerived {
    pb::EventDerived {
        trial: whose.trial.to_string(),
        subject: whose.subject.to_string(),
        event: id.to_owned(),
        date: told.date.to_string(),
        known: told.known.to_string(),
        withdrawn: false,
        proof: told.proof.clone(),
    }
}

/// A response as it stands.
pub fn response(whose: &Whose, id: &str, told: &ResponseTold) -> pb::ResponseChanged {
    pb::ResponseChanged {
        trial: whose.trial.to_string(),
        subject: whose.subject.to_string(),
        response: id.to_owned(),
        category: told.category.clone(),
        date: told.date.map(|date| date.to_string()).unwrap_or_default(),
        proof: told.proof.clone(),
        stands: told.stands,
        fixed: told.fixed,
    }
}

fn proposed(whose: &Whose, candidate: &Candidate, withdrawn: bool) -> Entry {
    let message = pb::CandidateProposed {
        trial: whose.trial.to_string(),
        subject: whose.subject.to_string(),
        candidate: candidate.id.to_string(),
        fact: candidate.fact.clone(),
        term: candidate.term.clone(),
        scale: candidate.scale.clone(),
        grade: candidate.grade.into(),
        baseline_grade: candidate.baseline_grade.into(),
        from: candidate.from.to_string(),
        evidence: candidate.evidence.clone(),
        withdrawn,
    };
    event(&whose.trial, "holdpoint.labs.v1.CandidateProposed", &message)
}

/// The chain of what has perhaps no trial.
pub fn chain_of(trial: Option<&TrialId>) -> Chain {
    trial.map_or(Chain::Service, chain)
}

/// An analyte waits for a person.
pub fn quarantined(quarantined: &Quarantined) -> Entry {
    let message = pb::ReportQuarantined {
        quarantine: quarantined.id.to_string(),
        feed: quarantined.feed.to_string(),
        why: quarantined.why.as_str().to_owned(),
        trial: quarantined.trial.as_ref().map(ToString::to_string).unwrap_or_default(),
        at: Some(time(quarantined.at)),
    };
    let chain = chain_of(quarantined.trial.as_ref());
    Entry::event(chain, "holdpoint.labs.v1.ReportQuarantined", message.encode_to_vec())
}

/// What waited was taken up or thrown away.
pub fn resolved(quarantined: &Quarantined, trial: &TrialId) -> Entry {
    let message = pb::QuarantineResolved {
        quarantine: quarantined.id.to_string(),
        trial: trial.to_string(),
        how: quarantined.state.as_str().to_owned(),
    };
    event(trial, "holdpoint.labs.v1.QuarantineResolved", &message)
}

/// Labs' suspension check of one hold: the last results of whom it covers.
pub fn hold_checked(placed: &HoldPlaced, at: Timestamp, last_results: Vec<String>, summary: String) -> Entry {
    let message = pb::HoldChecked {
        trial: placed.trial.clone(),
        hold: placed.hold.clone(),
        at: Some(time(at)),
        last_results,
        summary,
        kind: placed.kind,
        scope: placed.scope.clone(),
        activities: placed.activities.clone(),
    };
    Entry::event(
        Chain::trial(placed.trial.as_str()),
        "holdpoint.labs.v1.HoldChecked",
        message.encode_to_vec(),
    )
}
