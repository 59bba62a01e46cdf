//! Who may do what: a feed that is registered, on its own sites; people with a delegation; a request id for one report.

use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::Outcome;
use holdpoint_api::labs::v1::labs_server::Labs as _;

use crate::support::{Analyte, Doer, Said, TRIAL, World, code, on_both_databases};

on_both_databases!(
    a_feed_that_nobody_registered_is_refused,
    a_feed_reports_on_its_sites_alone,
    a_request_id_is_of_one_report,
    people_without_a_delegation_are_refused,
    a_report_that_can_not_be_read_is_told_why,
);

fn one() -> Said {
    Said::of("P-001", "2026-04-01T01:00:00Z", &[Analyte::platelets("12")])
}

fn request(world: &World, said: Said) -> pb::IngestResultsRequest {
    pb::IngestResultsRequest { act: world.act(), report: Some(said.report) }
}

async fn a_feed_that_nobody_registered_is_refused(world: World) {
    let answers = world.stream("lis-nobody", vec![request(&world, one())]).await;
    assert_eq!(answers[0].refused.as_ref().unwrap().code, "LAB-0003");
    assert!(world.results("P-001").await.is_empty());
}

async fn a_feed_reports_on_its_sites_alone(world: World) {
    world.register("lis-other", &["pgf-msc/bj1"]).await.unwrap();
    let answers = world.stream("lis-other", vec![request(&world, one())]).await;
    assert_eq!(answers[0].outcomes[0].outcome(), Outcome::Quarantined);
    assert!(answers[0].outcomes[0].reason.starts_with("other site"));
    world.register("lis-other", &["pgf-msc/cq2"]).await.unwrap();
    let answers = world.stream("lis-other", vec![request(&world, one().order("o2"))]).await;
    assert_eq!(answers[0].outcomes[0].outcome(), Outcome::Accepted);
}

async fn a_request_id_is_of_one_report(world: World) {
    let first = request(&world, one());
    let other = pb::IngestResultsRequest {
        report: Some(Said::of("P-002", "2026-04-01T01:00:00Z", &[Analyte::platelets("12")]).report),
        ..first.clone()
    };
    let answers = world.stream(crate::support::FEED, vec![first.clone(), first, other]).await;
    assert_eq!(answers[0].outcomes[0].outcome(), Outcome::Accepted);
    assert_eq!(answers[1].outcomes[0].outcome(), Outcome::Duplicate);
    assert_eq!(answers[2].refused.as_ref().unwrap().code, "LAB-0004");
    assert_eq!(answers[0].request_id, answers[2].request_id);
    assert!(world.results("P-002").await.is_empty());
}

async fn people_without_a_delegation_are_refused(world: World) {
    let link = pb::LinkSubjectRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        hospital_number: "ZY1".to_owned(),
        ..pb::LinkSubjectRequest::default()
    };
    let refused = world.rpc.link_subject(world.request(Doer::Stranger, link.clone())).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    assert!(!refused.message().contains("ZY1"), "no personal data in an error");
    assert!(world.rpc.link_subject(world.request(Doer::Coordinator, link)).await.is_ok());
    let listed = pb::ListResultsRequest {
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        ..pb::ListResultsRequest::default()
    };
    let refused = world.rpc.list_results(world.request(Doer::Stranger, listed)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let feed = pb::RegisterFeedRequest {
        act: world.act(),
        feed: "lis-new".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..pb::RegisterFeedRequest::default()
    };
    let refused = world.rpc.register_feed(world.request(Doer::Coordinator, feed.clone())).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let nowhere = pb::RegisterFeedRequest { time_zone: "Mars/Olympus".to_owned(), ..feed };
    let refused = world.rpc.register_feed(world.request(Doer::Administrator, nowhere)).await.unwrap_err();
    assert_eq!(code(&refused), "LAB-0001");
}

async fn a_report_that_can_not_be_read_is_told_why(world: World) {
    let mut nothing = one();
    nothing.report.patient = None;
    nothing.report.taken_at = None;
    nothing.report.filler_order = String::new();
    let mut partly = one();
    partly.report.observations.push(pb::Observation::default());
    let answers = world.sends(&[nothing, partly]).await;
    let refused = answers[0].refused.as_ref().unwrap();
    let fields: Vec<&str> = refused.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!((refused.code.as_str(), fields), ("LAB-0001", vec!["patient", "taken_at", "filler_order"]));
    let outcomes = &answers[1].outcomes;
    assert_eq!([outcomes[0].outcome(), outcomes[1].outcome()], [Outcome::Accepted, Outcome::Refused]);
    assert!(outcomes[1].reason.contains("observations[1].status"), "{}", outcomes[1].reason);
}
