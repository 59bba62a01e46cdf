//! Requests as the wire brings them to commands: every field read, everything wrong told at once. A hospital number goes
//! no further than here: what is handed on is its keyed hash.

use holdpoint_api::labs::v1 as pb;
use holdpoint_chassis::error::Refused;
use holdpoint_chassis::fields::Fields;
use holdpoint_journal::Act;
use jiff::Timestamp;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::commands::link_subject::{self, LinkSubject};
use crate::commands::register_feed::{self, RegisterFeed};
use crate::commands::resolve_quarantined::{self, Decision, ResolveQuarantined};
use crate::domain::Refusal;
use crate::domain::feed::Feed;
use crate::domain::hl7::Fault;
use crate::domain::identity::{Claim, Link, Sex, Whose, confused};
use crate::domain::ids::{FeedId, TrialId};
use crate::domain::observation::{LOINC, Observation, Status};
use crate::domain::pseudonym::NumberKey;
use crate::domain::report::{Finding, Head, Part, Report};
use crate::error::INVALID;
use crate::queries::get_trend::GetTrend;
use crate::queries::list_quarantine::ListQuarantine;
use crate::queries::list_responses::ListResponses;
use crate::queries::list_results::{ListResults, Place};

type Decoded<T> = Result<T, Refused>;

/// No report has more analytes, so that a commit of one fits a journal row.
const MOST_OBSERVATIONS: usize = 500;
/// No feed reports on more sites.
const MOST_SITES: usize = 1_000;
/// Longest name or number of a laboratory's system, in characters.
const LONGEST_NAME: usize = 128;
/// Longest printed value.
const LONGEST_VALUE: usize = 2_000;

pub(super) fn register_feed(request: pb::RegisterFeedRequest) -> Decoded<RegisterFeed> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::read(&mut fields, request.act.as_ref(), register_feed::RPC, &request);
    if request.sites.len() > MOST_SITES {
        fields.wrong("sites", Some(request.sites.len().to_string()), "at most 1000");
    }
    for (place, site) in request.sites.iter().enumerate() {
        let parts: Vec<&str> = site.split('/').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) {
            fields.wrong(&format!("sites[{place}]"), Some(site.clone()), "trial/site");
        }
    }
    let feed = Feed {
        id: fields.id("feed", request.feed),
        name: fields.printed("name", request.name, LONGEST_NAME),
        sites: request.sites,
        time_zone: fields.required("time_zone", request.time_zone, LONGEST_NAME),
    };
    fields.finish(RegisterFeed { act, feed })
}

pub(super) fn link_subject(mut request: pb::LinkSubjectRequest, key: &NumberKey) -> Decoded<LinkSubject> {
    let mut fields = Fields::of(&INVALID);
    let plain =
        fields.required("hospital_number", std::mem::take(&mut request.hospital_number), LONGEST_NAME);
    let whose = Whose {
        trial: fields.id("trial", request.trial.clone()),
        subject: fields.id("subject", request.subject.clone()),
    };
    if confused(whose.subject.as_str(), &plain) {
        return Err(Refusal::Confused { subject: whose.subject }.into());
    }
    let number = key.number(&plain);
    // The journal keeps a hash of the request: without a key it would give the number away to whoever tries them all.
    request.hospital_number = number.as_str().to_owned();
    let act = Act::read(&mut fields, request.act.as_ref(), link_subject::RPC, &request);
    let link = Link {
        whose,
        number,
        sex: Sex::read(&request.sex),
        birth_year: birth_year(&mut fields, request.birth_year),
    };
    fields.finish(LinkSubject { act, link })
}

pub(super) fn resolve_quarantined(request: pb::ResolveQuarantinedRequest) -> Decoded<ResolveQuarantined> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::reasoned(&mut fields, request.act.as_ref(), resolve_quarantined::RPC, &request);
    let trial: TrialId = fields.id("trial", request.trial);
    let decision = match (request.discard, request.subject) {
        (true, subject) => {
            if !subject.is_empty() {
                fields.wrong("discard", None, "either a subject, or discard");
            }
            Decision::Discard
        }
        (false, subject) => {
            Decision::TakeUp(Whose { trial: trial.clone(), subject: fields.id("subject", subject) })
        }
    };
    let quarantine = fields.id("quarantine", request.quarantine);
    fields.finish(ResolveQuarantined { act, quarantine, trial, decision })
}

/// The fault of the frame that a message came in; none where it had none.
pub(super) fn fault(sent: pb::FrameFault) -> Option<Fault> {
    match sent {
        pb::FrameFault::Unspecified => None,
        pb::FrameFault::Broken => Some(Fault::Broken),
        pb::FrameFault::TooLong => Some(Fault::TooLong),
    }
}

/// The id of the request, and its report; or why the whole of it is refused.
pub(super) fn ingest(
    request: pb::IngestResultsRequest,
    feed: &FeedId,
    key: &NumberKey,
) -> (String, Decoded<Report>) {
    let id = request.act.unwrap_or_default().request_id;
    let report = report(id.clone(), request.report.unwrap_or_default(), feed, key);
    (id, report)
}

fn report(request: String, mut sent: pb::Report, feed: &FeedId, key: &NumberKey) -> Decoded<Report> {
    let mut fields = Fields::of(&INVALID);
    let request = fields.id("act.request_id", request);
    let mut patient = sent.patient.take().unwrap_or_default();
    let plain =
        fields.printed("patient.hospital_number", std::mem::take(&mut patient.hospital_number), LONGEST_NAME);
    if confused(&patient.subject, &plain) {
        return Err(Refusal::Confused { subject: patient.subject.into() }.into());
    }
    let number = (!plain.trim().is_empty()).then(|| key.number(&plain));
    patient.hospital_number = number.as_ref().map(|number| number.as_str().to_owned()).unwrap_or_default();
    sent.patient = Some(patient.clone());
    let digest = hex::encode(Sha256::digest(sent.encode_to_vec()));
    let claim = Claim { number, ..claim(&mut fields, patient) };
    let taken_at = fields.time("taken_at", sent.taken_at);
    let issued_at = fields.optional_time("issued_at", sent.issued_at).unwrap_or(taken_at);
    let head = Head {
        message: fields.printed("message", sent.message, LONGEST_NAME),
        filler_order: fields.required("filler_order", sent.filler_order, LONGEST_NAME),
        specimen: fields.printed("specimen", sent.specimen, LONGEST_NAME),
        taken_at,
        issued_at,
    };
    if !(1..=MOST_OBSERVATIONS).contains(&sent.observations.len()) {
        fields.wrong("observations", Some(sent.observations.len().to_string()), "1 to 500");
    }
    let findings = sent.observations.into_iter().enumerate();
    let findings = findings.map(|(place, one)| observation(place, one)).collect();
    let parts = vec![Part { claim, head, findings }];
    fields.finish(Report { feed: feed.clone(), request, digest, parts, merges: vec![], message: None })
}

fn claim(fields: &mut Fields, patient: pb::Patient) -> Claim {
    let code = match (patient.trial, patient.subject) {
        (_, subject) if subject.is_empty() => None,
        (trial, subject) => Some(Whose {
            trial: fields.id("patient.trial", trial),
            subject: fields.id("patient.subject", subject),
        }),
    };
    if code.is_none() && patient.hospital_number.is_empty() {
        fields.wrong(
            "patient",
            None,
            "the hospital's number of the patient, or the trial's code of the subject",
        );
    }
    Claim {
        code,
        number: None,
        sex: Sex::read(&patient.sex),
        birth_year: birth_year(fields, patient.birth_year),
    }
}

/// 0 is not said.
fn birth_year(fields: &mut Fields, year: u32) -> Option<u16> {
    match u16::try_from(year) {
        Ok(0) => None,
        Ok(year @ 1880..=2200) => Some(year),
        _ => {
            fields.wrong("birth_year", None, "a year of four digits, or nothing");
            None
        }
    }
}

/// One analyte; what can not be read is said of it alone.
fn observation(place: usize, sent: pb::Observation) -> Finding {
    let mut fields = Fields::of(&INVALID);
    let name = |field: &str| format!("observations[{place}].{field}");
    let status = status(sent.status());
    if status.is_none() {
        fields.wrong(
            &name("status"),
            None,
            "where the word stands: P, R, F, U, C, X, D or W of HL7 table 0085",
        );
    }
    let system = fields.printed(&name("system"), sent.system, LONGEST_NAME);
    let read = Observation {
        code: fields.required(&name("code"), sent.code, LONGEST_NAME),
        system: if system.is_empty() { LOINC.to_owned() } else { system },
        sub_id: fields.printed(&name("sub_id"), sent.sub_id, LONGEST_NAME),
        value: fields.printed(&name("value"), sent.value, LONGEST_VALUE),
        unit: fields.printed(&name("unit"), sent.unit, LONGEST_NAME),
        range: fields.printed(&name("range"), sent.range, LONGEST_NAME),
        flags: sent
            .flags
            .into_iter()
            .map(|flag| fields.printed(&name("flags"), flag, LONGEST_NAME))
            .collect(),
        status: status.unwrap_or(Status::NotVerified),
    };
    fields.in_words().map_or(Finding::Read(read), Finding::Wrong)
}

fn status(sent: pb::ResultStatus) -> Option<Status> {
    Some(match sent {
        pb::ResultStatus::Unspecified => return None,
        pb::ResultStatus::Preliminary => Status::Preliminary,
        pb::ResultStatus::Final => Status::Final,
        pb::ResultStatus::Corrected => Status::Corrected,
        pb::ResultStatus::Wrong => Status::Wrong,
        pb::ResultStatus::Deleted => Status::Deleted,
        pb::ResultStatus::NotVerified => Status::NotVerified,
        pb::ResultStatus::CannotBeObtained => Status::CannotBeObtained,
        pb::ResultStatus::FinalByStatus => Status::FinalByStatus,
    })
}

pub(super) fn list_quarantine(request: pb::ListQuarantineRequest) -> Decoded<ListQuarantine> {
    let mut fields = Fields::of(&INVALID);
    let (after, size) = fields.page(request.page);
    let trial = fields.id("trial", request.trial);
    let query = ListQuarantine { trial, include_resolved: request.include_resolved, after, size };
    fields.finish(query)
}

pub(super) fn list_responses(request: pb::ListResponsesRequest) -> Decoded<ListResponses> {
    let mut fields = Fields::of(&INVALID);
    let (after, size) = fields.page(request.page);
    let query = ListResponses { trial: fields.id("trial", request.trial), after, size };
    fields.finish(query)
}

pub(super) fn list_results(request: pb::ListResultsRequest) -> Decoded<ListResults> {
    let mut fields = Fields::of(&INVALID);
    let (after, size) = fields.page::<String>(request.page);
    let place = read_place(&after);
    if place.is_none() && !after.is_empty() {
        fields.wrong("page.after", None, "`next` of the page before, or nothing");
    }
    let query = ListResults {
        whose: Whose {
            trial: fields.id("trial", request.trial),
            subject: fields.id("subject", request.subject),
        },
        fact: fields.optional_id("fact", request.fact),
        after: place,
        size: usize::try_from(size).unwrap_or(usize::MAX),
    };
    fields.finish(query)
}

pub(super) fn get_derived(request: pb::GetDerivedRequest) -> Decoded<Whose> {
    let mut fields = Fields::of(&INVALID);
    let whose =
        Whose { trial: fields.id("trial", request.trial), subject: fields.id("subject", request.subject) };
    fields.finish(whose)
}

pub(super) fn get_trend(request: pb::GetTrendRequest) -> Decoded<GetTrend> {
    let mut fields = Fields::of(&INVALID);
    let whose =
        Whose { trial: fields.id("trial", request.trial), subject: fields.id("subject", request.subject) };
    let query = GetTrend { whose, fact: fields.id("fact", request.fact) };
    fields.finish(query)
}

pub(super) fn feed_health(request: pb::GetFeedHealthRequest) -> Decoded<TrialId> {
    let mut fields = Fields::of(&INVALID);
    let trial = fields.id("trial", request.trial);
    fields.finish(trial)
}

pub(super) fn count_results(request: pb::CountResultsRequest) -> Decoded<TrialId> {
    let mut fields = Fields::of(&INVALID);
    let trial = fields.id("trial", request.trial);
    fields.finish(trial)
}

/// The place of a result as [`super::encode`] writes it: microseconds and id.
fn read_place(text: &str) -> Option<Place> {
    let (micros, id) = text.split_once(' ')?;
    let taken = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
    Some((std::cmp::Reverse(taken), id.into()))
}
