//! Laboratory findings that a person makes adverse events of, or dismisses (protocols README, sentence 40).

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::value::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use tonic::Status;

use crate::support::{House, TRIAL, code, no, number};

on_both!(
    an_episode_is_one_candidate_however_often_it_is_proposed,
    sentence_40_nothing_is_raised_from_what_the_file_spares,
    a_person_makes_it_an_adverse_event_as_by_a_report,
    a_grade_that_nobody_gave_holds_until_its_time_is_known,
    a_dismissal_needs_a_reason_and_the_right_site,
    a_correction_closes_what_is_open_and_amends_what_was_raised,
    a_repeated_judgement_is_one,
);

async fn list(house: &House, open_only: bool) -> Vec<pb::Candidate> {
    let request = pb::ListCandidatesRequest { trial: TRIAL.to_owned(), open_only, page: None };
    let rpcs = house.service.rpcs();
    rpcs.list_candidates(house.by("sam", request)).await.unwrap().into_inner().candidates
}

fn raising(house: &House, candidate: &str, facts: Vec<pb::AdverseEventFact>) -> pb::TriageCandidateRequest {
    pb::TriageCandidateRequest {
        act: house.act(""),
        trial: TRIAL.to_owned(),
        candidate: candidate.to_owned(),
        facts,
        ..Default::default()
    }
}

async fn triage(
    house: &House,
    who: &str,
    request: pb::TriageCandidateRequest,
) -> Result<pb::TriageCandidateResponse, Status> {
    Ok(house.service.rpcs().triage_candidate(house.by(who, request)).await?.into_inner())
}

async fn event(house: &House, id: &str) -> pb::AdverseEvent {
    let request = pb::GetAdverseEventRequest { trial: TRIAL.to_owned(), adverse_event: id.to_owned() };
    house.service.rpcs().get_adverse_event(house.by("sam", request)).await.unwrap().into_inner()
}

async fn told(house: &House, kind: &str) -> Vec<pb::AlertRaised> {
    crate::alerts::all(house).await.into_iter().filter(|alert| alert.kind == kind).collect()
}

async fn an_episode_is_one_candidate_however_often_it_is_proposed(house: House) {
    for grade in [2, 2, 3] {
        house.labs.proposed("c-1", "P-017", "creatinine", grade, false).await;
    }
    house.labs.proposed("c-2", "P-018", "creatinine", 4, false).await;
    house.hear().await;
    let open: Vec<_> = list(&house, true).await.into_iter().map(|c| (c.candidate, c.grade)).collect();
    assert_eq!(open, [("c-1".to_owned(), 3), ("c-2".to_owned(), 4)]);
    let told: Vec<_> = told(&house, "candidate-proposed").await.into_iter().map(|a| a.severity).collect();
    assert_eq!(told, ["notice", "notice", "critical"], "told at first and when it is worse; grade 4 at once");
}

async fn sentence_40_nothing_is_raised_from_what_the_file_spares(house: House) {
    house.labs.proposed("c-1", "P-017", "platelets", 4, false).await;
    house.hear().await;
    assert!(list(&house, false).await.is_empty());
    assert!(told(&house, "candidate-proposed").await.is_empty());
}

async fn a_person_makes_it_an_adverse_event_as_by_a_report(house: House) {
    house.labs.proposed("c-1", "P-017", "creatinine", 3, false).await;
    house.hear().await;
    let facts = vec![number("grade", 3, "2026-03-01T08:00:00Z"), no("serious"), no("mechanical-ventilation")];
    let done = triage(&house, "ines", raising(&house, "c-1", facts)).await.unwrap();
    let (candidate, report) = (done.candidate.unwrap(), done.report.unwrap());
    assert_eq!((candidate.state.as_str(), candidate.by.as_str()), ("adverse-event", "ines"));
    assert_eq!(candidate.adverse_event, report.adverse_event);
    assert!(!report.rules.is_empty(), "every rule answered");
    let shown = event(&house, &report.adverse_event).await;
    assert_eq!((shown.term.as_str(), shown.candidate.as_str()), ("Creatinine increased", "c-1"));
    assert_eq!((shown.evidence, shown.evidence_withdrawn), (vec!["r-17/3".to_owned()], false));
    let again = triage(&house, "ines", raising(&house, "c-1", vec![])).await.unwrap_err();
    assert_eq!(code(&again), "SAF-0033");
    assert!(again.message().contains(&report.adverse_event), "it names the event: {again}");
    assert_eq!(code(&triage(&house, "ines", raising(&house, "c-9", vec![])).await.unwrap_err()), "SAF-0032");
    assert!(list(&house, true).await.is_empty());
}

async fn a_grade_that_nobody_gave_holds_until_its_time_is_known(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.dosing.heard("P-017", 1, &permit).await;
    house.dosing.started("P-017", 1, &permit, "2026-03-01T10:00:00Z").await;
    house.labs.proposed("c-1", "P-017", "creatinine", 4, false).await;
    house.hear().await;
    let done = triage(&house, "ines", raising(&house, "c-1", vec![])).await.unwrap();
    let holds = done.report.unwrap().holds;
    assert!(holds.iter().any(|hold| hold.rule == "suspend-grade-4"), "{holds:?}");
    assert!(holds.iter().all(|hold| hold.kind() == pb::HoldKind::PendingAssessment), "{holds:?}");
}

async fn a_dismissal_needs_a_reason_and_the_right_site(house: House) {
    house.enrollment.register_site("bj1", "Asia/Shanghai").await;
    house.enrollment.screen("P-040", "bj1").await;
    house.labs.proposed("c-1", "P-040", "creatinine", 2, false).await;
    house.hear().await;
    let dismissal = |reason: &str| pb::TriageCandidateRequest {
        dismiss: true,
        act: house.act(reason),
        ..raising(&house, "c-1", vec![])
    };
    let elsewhere = triage(&house, "pete", dismissal("known before")).await.unwrap_err();
    assert_eq!(elsewhere.code(), tonic::Code::PermissionDenied);
    assert_eq!(code(&triage(&house, "ines", dismissal("")).await.unwrap_err()), "SAF-0028");
    let done = triage(&house, "ines", dismissal("known before")).await.unwrap();
    assert!(done.report.is_none());
    let candidate = done.candidate.unwrap();
    assert_eq!((candidate.state.as_str(), candidate.reason.as_str()), ("dismissed", "known before"));
    house.labs.proposed("c-1", "P-040", "creatinine", 3, false).await;
    house.hear().await;
    assert_eq!(list(&house, true).await.len(), 1, "worse than what was dismissed");
}

async fn a_correction_closes_what_is_open_and_amends_what_was_raised(house: House) {
    house.labs.proposed("c-1", "P-017", "creatinine", 3, false).await;
    house.labs.proposed("c-2", "P-018", "creatinine", 3, false).await;
    house.hear().await;
    let done = triage(&house, "ines", raising(&house, "c-1", vec![])).await.unwrap().report.unwrap();
    let holds = house.holds().await;
    house.labs.proposed("c-1", "P-017", "creatinine", 3, true).await;
    house.labs.proposed("c-1", "P-017", "creatinine", 3, true).await;
    house.labs.proposed("c-2", "P-018", "creatinine", 3, true).await;
    house.hear().await;
    let states: Vec<_> = list(&house, false).await.into_iter().map(|c| c.state).collect();
    assert_eq!(states, ["adverse-event", "withdrawn"]);
    let shown = event(&house, &done.adverse_event).await;
    assert!(shown.evidence_withdrawn && shown.version == 2, "{shown:?}");
    assert_eq!(house.holds().await, holds, "a correction releases nothing");
    let told = told(&house, "candidate-evidence-withdrawn").await;
    assert_eq!(told.len(), 1, "told once");
    assert_eq!((told[0].severity.as_str(), &told[0].adverse_event), ("notice", &done.adverse_event));
    assert_eq!(code(&triage(&house, "ines", raising(&house, "c-2", vec![])).await.unwrap_err()), "SAF-0033");
}

async fn a_repeated_judgement_is_one(house: House) {
    house.labs.proposed("c-1", "P-017", "creatinine", 3, false).await;
    house.hear().await;
    let request = raising(&house, "c-1", vec![]);
    let first = triage(&house, "ines", request.clone()).await.unwrap();
    let head = house.head().await;
    assert_eq!(triage(&house, "ines", request.clone()).await.unwrap(), first);
    assert_eq!(house.head().await, head);
    let value = Some(common::Value { of: Some(Of::Number("9".to_owned())), unit: String::new() });
    let wrong = pb::AdverseEventFact { fact: "grade".to_owned(), value, ..Default::default() };
    house.labs.proposed("c-3", "P-017", "creatinine", 3, false).await;
    house.hear().await;
    let refused = triage(&house, "ines", raising(&house, "c-3", vec![wrong])).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0001", "judged as a report is");
    assert_eq!(list(&house, true).await.len(), 1, "and it is open still");
}
