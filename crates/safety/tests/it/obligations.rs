//! Reporting duties: the clock starts at awareness, and what came due while nobody looked is told once, the oldest first
//! (protocols README, sentence 6; field.md section 3, stories 36, 37 and 39).

use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_safety::reconcilers::{obligations_due, overdue_alerts};

use crate::support::{House, TRIAL, at, moment, no, yes};

on_both!(
    the_clock_starts_at_awareness_however_late_the_form_is_graded,
    an_event_entered_after_its_deadline_is_overdue_at_once,
    a_scheduler_that_stood_still_three_days_tells_all_once_oldest_first,
    a_downgrade_closes_nothing_by_itself,
);

async fn aware(house: &House, subject: &str, aware: &str, facts: Vec<pb::AdverseEventFact>) -> String {
    let mut request = house.report_of(subject, facts);
    request.aware_at = Some(at(moment(aware)));
    let rpcs = house.service.rpcs();
    rpcs.report_adverse_event(house.by("ines", request)).await.unwrap().into_inner().adverse_event
}

async fn assess(house: &House, event: &str, facts: Vec<pb::AdverseEventFact>) {
    let request = pb::AssessAdverseEventRequest {
        act: house.act("assessed"),
        trial: TRIAL.to_owned(),
        adverse_event: event.to_owned(),
        facts,
    };
    house.service.rpcs().assess_adverse_event(house.by("ines", request)).await.unwrap();
}

async fn the_clock_starts_at_awareness_however_late_the_form_is_graded(house: House) {
    let event = aware(&house, "P-017", "2026-02-27T22:30:00Z", vec![no("serious")]).await;
    assess(&house, &event, vec![no("serious")]).await;
    assert!(house.obligations().await.is_empty());
    house.civil.set(moment("2026-03-04T10:00:00Z"));
    assess(&house, &event, vec![yes("serious", "")]).await;
    let owed = house.obligations().await;
    let in_a_day = owed.iter().filter(|owed| owed.report == "serious");
    let times: Vec<_> = in_a_day.map(|owed| (owed.since, owed.due, owed.overdue)).collect();
    let (since, due) = (at(moment("2026-02-27T22:30:00Z")), at(moment("2026-02-28T22:30:00Z")));
    assert_eq!(times, [(Some(since), Some(due), true)], "24 hours from awareness, not from the grading");
}

async fn an_event_entered_after_its_deadline_is_overdue_at_once(house: House) {
    let event = aware(&house, "P-017", "2026-02-05T10:00:00Z", vec![yes("serious", "")]).await;
    obligations_due::run(&house.service.ctx).await.unwrap();
    let alerts = crate::alerts::all(&house).await;
    let overdue: Vec<_> = alerts.iter().filter(|alert| alert.kind == "obligation-overdue").collect();
    assert!(overdue[0].text.contains("report serious"), "the earliest deadline first: {overdue:?}");
    assert!(overdue.iter().all(|alert| alert.adverse_event == event));
    let request = pb::ListAdverseEventsRequest { trial: TRIAL.to_owned(), page: None };
    let rpcs = house.service.rpcs();
    let listed = rpcs.list_adverse_events(house.by("sam", request)).await.unwrap().into_inner();
    let shown = &listed.adverse_events[0];
    let days = (shown.reported_at.unwrap().seconds - shown.aware_at.unwrap().seconds) / 86_400;
    assert_eq!(days, 24, "from awareness to entry, as the field's median is");
}

async fn a_scheduler_that_stood_still_three_days_tells_all_once_oldest_first(house: House) {
    let mut entered = vec![];
    for (subject, aware_at) in [
        ("P-018", "2026-03-01T09:00:00Z"),
        ("P-017", "2026-03-01T07:00:00Z"),
        ("P-017", "2026-03-01T08:00:00Z"),
    ] {
        entered.push((aware_at, aware(&house, subject, aware_at, vec![yes("serious", "")]).await));
    }
    house.civil.set(moment("2026-03-04T10:00:00Z"));
    for _ in 0..3 {
        obligations_due::run(&house.service.ctx).await.unwrap();
    }
    entered.sort();
    let wanted: Vec<String> = entered.into_iter().map(|(_, event)| event).collect();
    let alerts = crate::alerts::all(&house).await;
    let of = |kind: &str| -> Vec<String> {
        let told = alerts.iter().filter(|alert| alert.kind == kind);
        told.map(|alert| alert.adverse_event.clone()).collect()
    };
    assert_eq!(of("obligation-overdue"), wanted, "once each, the oldest deadline first");
    assert!(of("obligation-nearly-due").is_empty(), "nothing that is past is called near");
    let before = alerts.len();
    house.civil.set(moment("2026-03-07T10:00:00Z"));
    for _ in 0..3 {
        overdue_alerts::run(&house.service.ctx).await.unwrap();
    }
    let again = crate::alerts::all(&house).await;
    let open = alerts.iter().filter(|alert| alert.severity == "critical").count();
    assert_eq!(again.len() - before, open, "each open alert once, however long the timer stood");
}

async fn a_downgrade_closes_nothing_by_itself(house: House) {
    let event = aware(&house, "P-017", "2026-03-01T09:00:00Z", vec![yes("serious", "")]).await;
    let request = pb::UpdateAdverseEventRequest {
        act: house.act(""),
        trial: TRIAL.to_owned(),
        adverse_event: event.clone(),
        facts: vec![no("serious")],
        ..Default::default()
    };
    house.service.rpcs().update_adverse_event(house.by("ines", request)).await.unwrap();
    assert_eq!(house.obligations().await[0].state, "open", "an update is no assessment");
    assess(&house, &event, vec![no("serious")]).await;
    assert_eq!(house.obligations().await[0].state, "closed");
}
