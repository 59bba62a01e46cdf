//! Reports, updates, milestones, and the rules of the first trial's file (protocols README, sentences 3 to 13; H6).

use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;

use crate::support::{House, TRIAL, code, moment, no, number, word, yes};

on_both!(
    ventilation_five_days_after_a_dose_suspends_the_trial,
    unknown_holds_pending_assessment,
    a_repeated_report_is_one_event,
    an_update_asks_the_rules_again,
    a_late_dose_asks_the_rules_again,
    a_fact_that_the_dictionary_lacks_is_refused,
    a_milestone_holds_once_by_call_and_event,
);

/// P-017 was given her first dose at ten in the morning of 1 March.
async fn dosed(house: &House) -> String {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.dosing.heard("P-017", 1, &permit).await;
    house.dosing.started("P-017", 1, &permit, "2026-03-01T10:00:00Z").await;
    house.dosing.completed("P-017", 1, &permit).await;
    house.hear().await;
    permit
}

async fn ventilation_five_days_after_a_dose_suspends_the_trial(house: House) {
    dosed(&house).await;
    house.civil.set(moment("2026-03-06T10:00:00Z"));
    let facts = vec![
        yes("mechanical-ventilation", "2026-03-06T09:00:00Z"),
        number("grade", 4, "2026-03-06T09:00:00Z"),
        word("relatedness", "unrelated"),
        yes("serious", ""),
    ];
    let reported = house.report("P-017", facts).await;
    let suspends: Vec<_> = reported.holds.iter().map(|hold| (hold.rule.as_str(), hold.kind())).collect();
    assert_eq!(suspends, [("suspend-ventilation", pb::HoldKind::PendingBoardDecision)]);
    assert_eq!(reported.holds[0].state, "effective");
    assert!(reported.holds[0].reason.contains("7.3.1"));
    assert!(!reported.obligations.is_empty());
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
    let alerts = crate::alerts::all(&house).await;
    assert!(alerts.iter().any(|alert| alert.kind == "hold-placed" && alert.hold == reported.holds[0].hold));
}

async fn unknown_holds_pending_assessment(house: House) {
    dosed(&house).await;
    let reported = house.report("P-017", vec![number("grade", 4, "2026-03-02T10:00:00Z")]).await;
    assert!(!reported.holds.is_empty());
    assert!(reported.holds.iter().all(|hold| hold.kind() == pb::HoldKind::PendingAssessment), "{reported:?}");
    assert!(reported.missing.contains(&"mechanical-ventilation".to_owned()), "{:?}", reported.missing);
    assert!(house.ask("P-018", 1).await.is_err());
}

async fn a_repeated_report_is_one_event(house: House) {
    dosed(&house).await;
    let request = house.report_of("P-017", vec![yes("mechanical-ventilation", "2026-03-02T10:00:00Z")]);
    let first = house.service.rpcs().report_adverse_event(house.by("ines", request.clone())).await.unwrap();
    let head = house.head().await;
    let again = house.service.rpcs().report_adverse_event(house.by("ines", request.clone())).await.unwrap();
    assert_eq!(first.into_inner(), again.into_inner());
    assert_eq!(house.head().await, head);
    let other = pb::ReportAdverseEventRequest { term: "Other".to_owned(), ..request };
    let refused = house.service.rpcs().report_adverse_event(house.by("ines", other)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::AlreadyExists);
}

async fn update(
    house: &House,
    event: &str,
    facts: Vec<pb::AdverseEventFact>,
) -> pb::ReportAdverseEventResponse {
    let request = pb::UpdateAdverseEventRequest {
        act: house.act(""),
        trial: TRIAL.to_owned(),
        adverse_event: event.to_owned(),
        facts,
        ..Default::default()
    };
    house.service.rpcs().update_adverse_event(house.by("ines", request)).await.unwrap().into_inner()
}

async fn an_update_asks_the_rules_again(house: House) {
    dosed(&house).await;
    let mild = vec![number("grade", 1, "2026-03-02T10:00:00Z"), no("mechanical-ventilation"), no("serious")];
    let reported = house.report("P-017", mild).await;
    assert!(reported.holds.is_empty(), "{reported:?}");
    let worse = yes("mechanical-ventilation", "2026-03-03T10:00:00Z");
    let updated = update(&house, &reported.adverse_event, vec![worse.clone()]).await;
    assert_eq!((updated.version, updated.holds.len()), (2, 1));
    let again = update(&house, &reported.adverse_event, vec![worse]).await;
    assert_eq!(again.holds[0].hold, updated.holds[0].hold, "one hold, however often they are asked");
    let withdrawn = update(&house, &reported.adverse_event, vec![no("mechanical-ventilation")]).await;
    assert_eq!(withdrawn.holds[0].state, "effective", "nothing is released by a correction");
}

async fn a_late_dose_asks_the_rules_again(house: House) {
    let facts = vec![
        yes("mechanical-ventilation", "2026-03-02T10:00:00Z"),
        number("grade", 2, "2026-03-02T10:00:00Z"),
    ];
    let reported = house.report("P-017", facts).await;
    assert!(reported.holds.is_empty(), "without a dose there is no window: {reported:?}");
    dosed(&house).await;
    let held = house.holds().await;
    assert!(held.iter().any(|hold| hold.rule == "suspend-ventilation"), "{held:?}");
}

async fn a_fact_that_the_dictionary_lacks_is_refused(house: House) {
    let wrong = vec![number("grade", 9, ""), yes("moon-phase", "")];
    let request = house.report_of("P-017", wrong);
    let refused = house.service.rpcs().report_adverse_event(house.by("ines", request)).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0001");
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    let fields: Vec<_> = detail.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["facts[0].value", "facts[1].fact"]);
}

async fn a_milestone_holds_once_by_call_and_event(house: House) {
    dosed(&house).await;
    house.enrollment.died("P-017", "m1", "2026-03-03T10:00:00Z").await;
    let request = pb::RunMilestoneRulesRequest {
        act: house.act(""),
        trial: TRIAL.to_owned(),
        subject: "P-017".to_owned(),
        event: "death".to_owned(),
        milestone: "m1".to_owned(),
        at: Some(crate::support::at(moment("2026-03-03T10:00:00Z"))),
        ..Default::default()
    };
    let ruled =
        house.service.rpcs().run_milestone_rules(house.by("enrollment", request)).await.unwrap().into_inner();
    let rules: Vec<_> = ruled.holds.iter().map(|hold| hold.rule.as_str()).collect();
    assert!(rules.contains(&"suspend-death") && rules.contains(&"death"), "{rules:?}");
    let before = house.holds().await;
    house.hear().await;
    assert_eq!(house.holds().await, before, "the event finds it done");
}
