//! A report is refused only where it is malformed, and never lost: without a protocol, with one that cannot be read, and
//! as a list of all with what came of each (holds.md H6; architecture, "Life of a serious adverse event").

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_chassis::identity::Role;
use holdpoint_safety::store::ProtocolRow;

use crate::support::{House, TRIAL, code, number, yes};

on_both!(
    a_report_before_the_protocol_is_taken_and_asked_about_when_it_comes,
    a_file_that_cannot_be_read_holds_the_trial_and_loses_no_report,
    every_serious_event_is_listed_with_its_verdicts_and_holds,
    a_derived_event_wakes_the_rules_that_name_it,
);

async fn listed(house: &House, trial: &str, page: Option<common::Page>) -> pb::ListAdverseEventsResponse {
    let request = pb::ListAdverseEventsRequest { trial: trial.to_owned(), page };
    house.service.rpcs().list_adverse_events(house.by("ines", request)).await.unwrap().into_inner()
}

async fn a_report_before_the_protocol_is_taken_and_asked_about_when_it_comes(house: House) {
    let early = house.enrollment.of("nct02987413");
    early.delegate("ines", Role::Investigator, "").await;
    early.delegate("sam", Role::SafetyOfficer, "").await;
    house.hear().await;
    let mut request = house.report_of("S-1", vec![yes("serious", "")]);
    request.trial = early.trial.clone();
    let taken = house.service.rpcs().report_adverse_event(house.by("ines", request)).await.unwrap();
    let event = taken.into_inner().adverse_event;
    let shown = listed(&house, &early.trial, None).await.adverse_events;
    assert!(shown[0].unruled && shown[0].rules.is_empty(), "{shown:?}");
    let alerts = house.alerts_of(&early.trial).await;
    assert!(alerts.iter().any(|alert| alert.kind == "rules-not-asked" && alert.adverse_event == event));
    early.activate_protocol().await;
    house.hear().await;
    let shown = listed(&house, &early.trial, None).await.adverse_events;
    assert!(!shown[0].unruled && !shown[0].rules.is_empty(), "asked as soon as there is a file: {shown:?}");
    assert_eq!(shown[0].serious, "true");
    let asked = pb::ListObligationsRequest { trial: early.trial.clone() };
    let owed = house.service.rpcs().list_obligations(house.by("ines", asked)).await.unwrap().into_inner();
    let starts: Vec<_> = owed.obligations.iter().map(|owed| owed.since).collect();
    assert!(!starts.is_empty() && starts.iter().all(|since| *since == shown[0].aware_at), "{owed:?}");
}

async fn a_file_that_cannot_be_read_holds_the_trial_and_loses_no_report(house: House) {
    let unreadable = ProtocolRow {
        trial: TRIAL.into(),
        version: "9.9".to_owned(),
        digest: "d9".to_owned(),
        file: "[rule.later] on = 'a word of a later format'".to_owned(),
        dictionaries: Default::default(),
        at: "2026-03-01T10:30:00Z".parse().unwrap(),
    };
    let mut tx = house.store.begin(&house.service.ctx.own()).await.unwrap();
    tx.insert(&unreadable).await.unwrap();
    tx.commit().await.unwrap();
    for turn in 0..2 {
        let reported = house.report("P-017", vec![number("grade", 2, "")]).await;
        assert_eq!(reported.holds.len(), 1, "{turn}: {reported:?}");
        assert_eq!(reported.holds[0].rule, "rules-not-asked");
    }
    assert_eq!(listed(&house, TRIAL, None).await.adverse_events.len(), 2);
    let refused = house.ask("P-018", 1).await.unwrap_err();
    assert!(code(&refused) == "SAF-0007" || refused.code() == tonic::Code::Internal, "{refused}");
}

async fn every_serious_event_is_listed_with_its_verdicts_and_holds(house: House) {
    house.report("P-017", vec![yes("serious", ""), number("grade", 4, "2026-03-01T09:00:00Z")]).await;
    house.report("P-018", vec![number("grade", 1, "2026-03-01T09:00:00Z")]).await;
    house.report("P-018", vec![yes("mechanical-ventilation", "2026-03-01T09:00:00Z")]).await;
    let first = listed(&house, TRIAL, Some(common::Page { after: String::new(), size: 2 })).await;
    let rest = listed(&house, TRIAL, Some(common::Page { after: first.next.clone(), size: 2 })).await;
    assert_eq!((first.adverse_events.len(), rest.adverse_events.len()), (2, 1));
    assert!(!first.next.is_empty() && rest.next.is_empty());
    assert_eq!(first.adverse_events[0].serious, "true");
    for event in first.adverse_events.iter().chain(&rest.adverse_events) {
        assert!(event.rules.len() >= 5 && !event.unruled, "every rule has answered: {event:?}");
    }
    let held = house.holds().await;
    let named: Vec<_> =
        first.adverse_events.iter().chain(&rest.adverse_events).flat_map(|e| &e.holds).collect();
    assert_eq!(named.len(), held.len(), "every hold has its event");
}

async fn a_derived_event_wakes_the_rules_that_name_it(house: House) {
    house.labs.derived("P-017", "progression", "2026-03-01", false).await;
    house.labs.derived("P-018", "platelet-engraftment", "2026-03-01", false).await;
    house.hear().await;
    let holds = house.holds().await;
    let rules: Vec<_> = holds.iter().map(|hold| hold.rule.as_str()).collect();
    assert_eq!(rules, ["leave-progression"]);
    house.labs.derived("P-017", "progression", "2026-03-01", true).await;
    house.labs.derived("P-017", "progression", "2026-03-01", false).await;
    house.hear().await;
    assert_eq!(house.holds().await, holds, "taken away and found again, it is one happening");
}
