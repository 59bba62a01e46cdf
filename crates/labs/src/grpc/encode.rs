//! Answers as the wire carries them.

use holdpoint_api::labs::v1 as pb;
use holdpoint_chassis::error::{Refused, to_detail};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::commands::ingest_results::Taken;
use crate::domain::answer::{Answer, Outcome};
use crate::domain::course::Point;
use crate::domain::derivation::Derived;
use crate::domain::feed::Feed;
use crate::domain::grading::Grade;
use crate::domain::identity::Whose;
use crate::domain::message::Code;
use crate::domain::observation::Status;
use crate::domain::pulse::Pulse;
use crate::domain::quarantine::Quarantined;
use crate::domain::result::{LabResult, Word};
use crate::domain::tally::{Arrival, Tally};
use crate::events::{self, time};
use crate::queries::get_trend::Trend;
use crate::queries::list_results::Place;
use crate::queries::{list_quarantine, list_responses, list_results};

pub(super) fn taken(request_id: String, answers: &[Answer]) -> pb::IngestResultsResponse {
    pb::IngestResultsResponse { request_id, outcomes: outcomes(answers), refused: None }
}

/// The answer to a message of HL7, as its commit left it.
pub(super) fn acknowledged(request_id: String, taken: Taken) -> pb::IngestHl7Response {
    let Some((message, repeated_message)) = taken.message else {
        return pb::IngestHl7Response { request_id, ..pb::IngestHl7Response::default() };
    };
    let code = match message.code {
        Code::Aa => pb::Acknowledgment::Accept,
        Code::Ae => pb::Acknowledgment::Error,
        Code::Ar => pb::Acknowledgment::Reject,
    };
    let finding = |(place, answer): (String, Answer)| pb::Finding { place, outcome: Some(outcome(&answer)) };
    pb::IngestHl7Response {
        request_id,
        acknowledgment: code as i32,
        answer: message.answer.into_bytes(),
        message: message.id.to_string(),
        purpose: message.purpose.map(|purpose| purpose.as_str().to_owned()).unwrap_or_default(),
        findings: message.findings.into_iter().map(finding).collect(),
        repeated_message,
    }
}

/// A message that could not be taken: it may be sent again.
pub(super) fn not_acknowledged(request_id: String, answer: String) -> pb::IngestHl7Response {
    let acknowledgment = pb::Acknowledgment::Reject as i32;
    pb::IngestHl7Response { request_id, acknowledgment, answer: answer.into_bytes(), ..Default::default() }
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

fn result((result, grades): &(LabResult, Vec<Vec<Grade>>)) -> pb::ResultView {
    let versions = result.words.iter().zip(grades).map(|(word, grades)| version(result, word, grades));
    pb::ResultView { versions: versions.collect(), standing: events::result(result) }
}

fn grade(grade: &Grade) -> pb::ResultGrade {
    pb::ResultGrade {
        term: grade.term.to_owned(),
        scale: grade.scale.to_owned(),
        gradable: grade.grade.is_some(),
        grade: grade.grade.unwrap_or_default().into(),
        because: grade.because.clone(),
    }
}

fn version(result: &LabResult, word: &Word, grades: &[Grade]) -> pb::ResultVersion {
    pb::ResultVersion {
        version: word.version,
        status: status(word.status) as i32,
        value: word.value.clone(),
        unit: word.unit.clone(),
        issued_at: Some(time(word.issued_at)),
        feed: result.feed.to_string(),
        grades: grades.iter().map(grade).collect(),
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

pub(super) fn trend(trend: &Trend) -> pb::Trend {
    let number =
        |number: Option<Decimal>| number.map(|number| number.normalize().to_string()).unwrap_or_default();
    let point = |(point, grades, baseline): &(Point, Vec<Grade>, bool)| {
        let measured = point.measured.as_ref();
        pb::TrendPoint {
            result: point.result.to_string(),
            version: point.version,
            taken_at: Some(time(point.taken_at)),
            value: number(measured.map(|measured| measured.value)),
            lower: number(measured.and_then(|measured| measured.lower)),
            upper: number(measured.and_then(|measured| measured.upper)),
            grades: grades.iter().map(grade).collect(),
            baseline: *baseline,
        }
    };
    let given = |(event, at): &(String, Timestamp)| pb::TrendTransfusion {
        event: event.clone(),
        at: Some(time(*at)),
    };
    pb::Trend {
        fact: trend.fact.clone(),
        unit: trend.unit.clone(),
        points: trend.points.iter().map(point).collect(),
        doses: trend.doses.iter().map(|at| time(*at)).collect(),
        transfusions: trend.transfusions.iter().map(given).collect(),
    }
}

pub(super) fn feed_health(feeds: &[(Feed, Pulse)], now: Timestamp) -> pb::GetFeedHealthResponse {
    let one = |(feed, pulse): &(Feed, Pulse)| pb::FeedHealth {
        feed: feed.id.to_string(),
        name: feed.name.clone(),
        last_at: pulse.last_at.map(time),
        lag: pulse.lag().map(duration),
        accepted: pulse.accepted,
        errors: pulse.errors,
        rejected: pulse.rejected,
        repeated: pulse.repeated,
        last_refused_at: pulse.refused.as_ref().map(|refused| time(refused.at)),
        last_refused: pulse.refused.as_ref().map(|refused| refused.what.clone()).unwrap_or_default(),
        usual_silence: pulse.usual_silence().map(duration),
        silent: pulse.is_silent(now),
    };
    pb::GetFeedHealthResponse { feeds: feeds.iter().map(one).collect() }
}

fn duration(of: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: of.as_secs(), nanos: of.subsec_nanos() }
}
