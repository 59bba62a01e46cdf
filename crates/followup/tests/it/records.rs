//! What people do: records of activities with facts, visits that are not done, moved visits, deviations; who may.

use holdpoint_api::common::v1 as common;
use holdpoint_api::followup::v1 as pb;
use holdpoint_api::followup::v1::followup_server::Followup as _;

use crate::support::{Doer, TRIAL, World, code, on_both_databases, time};

fn word(fact: &str, word: &str, at: jiff::Timestamp) -> pb::ActivityFact {
    let value = common::Value { of: Some(common::value::Of::Word(word.to_owned())), unit: String::new() };
    pb::ActivityFact { fact: fact.to_owned(), value: Some(value), taken_at: time(at) }
}

async fn a_record_does_its_visits_and_tells_its_facts(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-08");
    let mut request = world.activity("P-001", "marrow", "2025-01-08");
    request.facts = vec![word("marrow-cellularity", "hypocellular", world.now())];
    let recorded = world.record(request.clone()).await.unwrap();
    assert_eq!(recorded.visits, ["baseline/marrow/1"]);
    let repeated = world.record(request).await.unwrap();
    assert_eq!(repeated, recorded, "the same request hears the same answer");
    let listed =
        pb::ListActivitiesRequest { trial: TRIAL.to_owned(), subject: "P-001".to_owned(), page: None };
    let listed =
        world.rpc.list_activities(world.request(Doer::Coordinator, listed)).await.unwrap().into_inner();
    assert_eq!(listed.activities.len(), 1);
    assert_eq!(listed.activities[0].facts[0].fact, "marrow-cellularity");
}

async fn a_withdrawn_record_takes_back_what_it_did(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-08");
    let first = world.record(world.activity("P-001", "viruses", "2025-01-08")).await.unwrap();
    assert_eq!(first.visits, ["baseline/viruses/1", "before-reconstitution/viruses/1"]);
    let mut correction = world.activity("P-001", "viruses", "2025-01-07");
    correction.replaces.clone_from(&first.activity_record);
    let second = world.record(correction).await.unwrap();
    assert_eq!(world.visit("P-001", "before-reconstitution/viruses/1").await.done_on, "2025-01-07");
    let mut withdrawal = world.activity("P-001", "viruses", "2025-01-07");
    withdrawal.replaces.clone_from(&second.activity_record);
    withdrawal.withdraw = true;
    assert!(world.record(withdrawal.clone()).await.unwrap().visits.is_empty());
    assert_eq!(world.state("P-001", "before-reconstitution/viruses/1").await, "scheduled");
    withdrawal.act = world.act();
    assert_eq!(code(&world.record(withdrawal).await.unwrap_err()), "FUP-0012");
}

async fn what_can_not_be_recorded_is_refused(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-08");
    let refused = async |change: &dyn Fn(&mut pb::RecordActivityRequest)| {
        let mut request = world.activity("P-001", "marrow", "2025-01-08");
        change(&mut request);
        code(&world.record(request).await.unwrap_err())
    };
    let now = world.now();
    assert_eq!(refused(&|request| request.activity = "tea".to_owned()).await, "FUP-0010");
    assert_eq!(refused(&|request| request.date = "2025-01-09".to_owned()).await, "FUP-0006");
    assert_eq!(refused(&|request| request.date = "8 January".to_owned()).await, "FUP-0001");
    assert_eq!(
        refused(&|request| request.at = time(crate::support::at("2025-01-07T02:00:00Z"))).await,
        "FUP-0006"
    );
    assert_eq!(refused(&|request| request.subject = "P-404".to_owned()).await, "FUP-0002");
    assert_eq!(refused(&|request| request.facts = vec![word("mood", "good", now)]).await, "FUP-0011");
    assert_eq!(refused(&|request| request.facts = vec![word("platelets", "few", now)]).await, "FUP-0011");
    assert_eq!(
        refused(&|request| request.facts = vec![word("marrow-cellularity", "pink", now)]).await,
        "FUP-0011"
    );
    let stranger = world.request(Doer::Stranger, world.activity("P-001", "marrow", "2025-01-08"));
    let status = world.rpc.record_activity(stranger).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
}

async fn a_visit_is_waived_only_where_the_file_lets_it(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-02-03");
    world.found("P-001", "reconstitution", "2025-02-01", false).await;
    world.hear().await;
    let marrow = "first-year/marrow/1";
    assert_eq!(code(&world.mark("P-001", "first-year/cbc/1", "waived").await.unwrap_err()), "FUP-0020");
    world.mark("P-001", marrow, "waived").await.unwrap();
    let waived = world.visit("P-001", marrow).await;
    assert_eq!((waived.state.as_str(), waived.reason.as_str()), ("waived", "for the test"));
    assert_eq!(waived.history.last().unwrap().by, "co.lin");
    world.mark("P-001", "first-year/cbc/1", "not-applicable").await.unwrap();
    assert_eq!(world.state("P-001", "first-year/cbc/1").await, "not-applicable");
    assert_eq!(code(&world.mark("P-001", "first-year/cbc/99", "missed").await.unwrap_err()), "FUP-0002");
    // What turns out to be done is done, whatever was said of it.
    world.record(world.activity("P-001", "marrow", "2025-02-03")).await.unwrap();
    assert_eq!(world.state("P-001", marrow).await, "done");
    assert_eq!(code(&world.mark("P-001", marrow, "missed").await.unwrap_err()), "FUP-0005");
    world.verify().await;
}

async fn a_visit_moved_outside_of_its_window_is_a_deviation(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-10");
    let visit = "long-term/cbc/1.1";
    // Due on 5 April, two weeks to either side.
    assert_eq!(world.visit("P-001", visit).await.due, "2025-04-05");
    assert_eq!(world.reschedule("P-001", visit, "2025-04-15").await.unwrap(), "");
    assert_eq!(world.visit("P-001", visit).await.due, "2025-04-15");
    assert_ne!(world.reschedule("P-001", visit, "2025-05-01").await.unwrap(), "");
    let moved = world.visit("P-001", visit).await;
    assert_eq!((moved.due.as_str(), moved.latest.as_str()), ("2025-05-01", "2025-05-01"));
    assert_eq!(moved.history.len(), 2);
    assert_eq!(world.told(0).await.iter().filter(|(kind, _)| kind == "DeviationRecorded").count(), 1);
    assert_eq!(code(&world.reschedule("P-001", visit, "2025-01-09").await.unwrap_err()), "FUP-0006");
    world.verify().await;
}

on_both_databases!(
    a_record_does_its_visits_and_tells_its_facts,
    a_withdrawn_record_takes_back_what_it_did,
    what_can_not_be_recorded_is_refused,
    a_visit_is_waived_only_where_the_file_lets_it,
    a_visit_moved_outside_of_its_window_is_a_deviation,
);
