//! Answers as the wire carries them.

use holdpoint_api::labs::v1 as pb;
use holdpoint_chassis::error::{Refused, to_detail};

use crate::commands::ingest_results::{Answer, Outcome};
use crate::domain::derivation::Derived;
use crate::domain::identity::Whose;
use crate::domain::observation::Status;
use crate::domain::quarantine::Quarantined;
use crate::domain::result::{LabResult, Word};
use crate::domain::tally::{Arrival, Tally};
use crate::events::{self, time};
use crate::queries::list_results::Place;
use crate::queries::{list_quarantine, list_responses, list_results};

pub(super) fn taken(request_id: String, answers: &[Answer]) -> pb::IngestResultsResponse {
    pb::IngestResultsResponse { request_id, outcomes: outcomes(answers), refused: None }
}

pub(super) fn refused(request_id: String, refused: &Refused) -> pb::IngestResultsResponse {
    pb::IngestResultsResponse { request_id, outcomes: vec![], refused: Some(to_detail(refused)) }
}

pub(super) fn outcomes(answers: &[Answer]) -> Vec<pb::ObservationOutcome> {
    answers.iter().map(outcome).collect()
}

fn outcome(answer: &Answer) -> pb::ObservationOutcome {
    let outcome = match answer.outcome {
        Outcome::Arrived(Arrival::Accepted) => pb::Outcome::Accepted,
        Outcome::Arrived(Arrival::Duplicate) => pb::Outcome::Duplicate,
        Outcome::Arrived(Arrival::Corrected) => pb::Outcome::Corrected,
        Outcome::Arrived(Arrival::Quarantined) => pb::Outcome::Quarantined,
        Outcome::Arrived(Arrival::Kept) => pb::Outcome::Kept,
        Outcome::Refused => pb::Outcome::Refused,
    };
    let (result, version) = match &answer.result {
        Some((result, version)) => (result.to_string(), *version),
        None => (String::new(), 0),
    };
    let quarantine = answer.quarantine.as_ref().map(ToString::to_string).unwrap_or_default();
    pb::ObservationOutcome {
        outcome: outcome as i32,
        result,
        version,
        reason: answer.reason.clone(),
        quarantine,
    }
}

pub(super) fn quarantine(listed: &list_quarantine::Listed) -> pb::ListQuarantineResponse {
    pb::ListQuarantineResponse {
        quarantined: listed.quarantined.iter().map(quarantined).collect(),
        next: next(listed.next),
    }
}

fn quarantined(one: &Quarantined) -> pb::Quarantined {
    pb::Quarantined {
        quarantine: one.id.to_string(),
        feed: one.feed.to_string(),
        why: one.why.as_str().to_owned(),
        at: Some(time(one.at)),
        code: one.observation.code.clone(),
        state: one.state.as_str().to_owned(),
    }
}

pub(super) fn results(listed: &list_results::Listed) -> pb::ListResultsResponse {
    pb::ListResultsResponse {
        results: listed.results.iter().map(result).collect(),
        next: listed.next.as_ref().map(place).unwrap_or_default(),
    }
}

fn place((taken, id): &Place) -> String {
    format!("{} {id}", taken.0.as_microsecond())
}

fn result(result: &LabResult) -> pb::ResultView {
    let versions = result.words.iter().map(|word| version(result, word)).collect();
    pb::ResultView { standing: events::result(result), versions }
}

fn version(result: &LabResult, word: &Word) -> pb::ResultVersion {
    pb::ResultVersion {
        version: word.version,
        status: status(word.status) as i32,
        value: word.value.clone(),
        unit: word.unit.clone(),
        issued_at: Some(time(word.issued_at)),
        feed: result.feed.to_string(),
    }
}

fn status(status: Status) -> pb::ResultStatus {
    match status {
        Status::NotVerified => pb::ResultStatus::NotVerified,
        Status::Preliminary => pb::ResultStatus::Preliminary,
        Status::Final => pb::ResultStatus::Final,
        Status::FinalByStatus => pb::ResultStatus::FinalByStatus,
        Status::Corrected => pb::ResultStatus::Corrected,
        Status::CannotBeObtained => pb::ResultStatus::CannotBeObtained,
        Status::Deleted => pb::ResultStatus::Deleted,
        Status::Wrong => pb::ResultStatus::Wrong,
    }
}

pub(super) fn derived(whose: &Whose, derived: &Derived) -> pb::Derived {
    pb::Derived {
        events: derived.events.iter().map(|(id, told)| events::found(whose, id, told)).collect(),
        responses: derived.responses.iter().map(|(id, told)| events::response(whose, id, told)).collect(),
    }
}

pub(super) fn responses(listed: &list_responses::Listed) -> pb::ListResponsesResponse {
    let one = |assessed: &list_responses::Assessed| pb::SubjectResponse {
        subject: assessed.subject.to_string(),
        arm: assessed.arm.clone().unwrap_or_default(),
        response: assessed.response.clone(),
        category: assessed.told.category.clone(),
        stands: assessed.told.stands,
        fixed: assessed.told.fixed,
    };
    pb::ListResponsesResponse {
        responses: listed.responses.iter().map(one).collect(),
        next: next(listed.next),
    }
}

fn next(next: Option<i64>) -> String {
    next.map(|next| next.to_string()).unwrap_or_default()
}

pub(super) fn counts(tally: &Tally) -> pb::ResultCounts {
    pb::ResultCounts {
        accepted: tally.accepted,
        duplicates: tally.duplicates,
        corrected: tally.corrected,
        quarantined: tally.quarantined,
        kept: tally.kept,
    }
}
