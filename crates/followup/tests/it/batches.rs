//! Activities that are recorded together: the same as one after the other, all or none, once however often they are sent.

use holdpoint_api::common::v1 as common;
use holdpoint_api::followup::v1 as pb;
use holdpoint_api::followup::v1::followup_server::Followup as _;
use holdpoint_chassis::error::detail_of;
use tonic::Status;

use crate::support::{Doer, TRIAL, World, code, on_both_databases, time};

fn done(subject: &str, activity: &str, date: &str) -> pb::ActivityRecord {
    let (subject, activity, date) = (subject.to_owned(), activity.to_owned(), date.to_owned());
    pb::ActivityRecord { subject, activity, date, ..pb::ActivityRecord::default() }
}

fn batch(world: &World, activities: Vec<pb::ActivityRecord>) -> pb::RecordActivitiesRequest {
    pb::RecordActivitiesRequest { act: world.act(), trial: TRIAL.to_owned(), activities }
}

async fn send(
    world: &World,
    request: pb::RecordActivitiesRequest,
) -> Result<Vec<pb::RecordActivityResponse>, Status> {
    let answer = world.rpc.record_activities(world.request(Doer::Coordinator, request)).await?;
    Ok(answer.into_inner().activities)
}

async fn recorded(world: &World, subject: &str) -> Vec<pb::ActivityDone> {
    let request =
        pb::ListActivitiesRequest { trial: TRIAL.to_owned(), subject: subject.to_owned(), page: None };
    let listed = world.rpc.list_activities(world.request(Doer::Coordinator, request)).await.unwrap();
    listed.into_inner().activities
}

/// The fields that a refusal names.
fn fields(status: &Status) -> Vec<String> {
    detail_of(status).unwrap().fields.into_iter().map(|violation| violation.field).collect()
}

async fn together_is_the_same_as_one_after_the_other(world: World) {
    for subject in ["P-001", "P-002", "P-003"] {
        world.transplanted(subject).await;
    }
    world.go("2025-01-09");
    let day = [
        ("marrow", "2025-01-08"),
        ("viruses", "2025-01-07"),
        ("vital-signs", "2025-01-09"),
        ("vital-signs", "2025-01-08"),
        ("viruses", "2025-01-09"),
    ];
    let mut alone = vec![];
    let untold = world.rows().await;
    for (activity, date) in day {
        alone.push(world.record(world.activity("P-003", activity, date)).await.unwrap());
    }
    let of_both =
        day.iter().flat_map(|(activity, date)| ["P-001", "P-002"].map(|who| done(who, activity, date)));
    let told_alone = world.rows().await - untold;
    let answers = send(&world, batch(&world, of_both.collect())).await.unwrap();
    assert_eq!(answers.len(), 2 * day.len());
    for (place, answer) in answers.iter().enumerate() {
        assert_eq!(answer.visits, alone[place / 2].visits, "the answer in place {place}");
    }
    assert_eq!(answers[0].visits, ["baseline/marrow/1"]);
    assert!(answers[8].visits.is_empty(), "the second of a week does no visit that the first did");
    assert_eq!(world.rows().await - untold, 3 * told_alone, "as much is told of each");
    let of_third = world.schedule("P-003").await.visits;
    for (subject, first) in [("P-001", 0), ("P-002", 1)] {
        assert_eq!(world.schedule(subject).await.visits, of_third);
        let ids: Vec<_> =
            recorded(&world, subject).await.into_iter().map(|one| one.activity_record).collect();
        let answered: Vec<_> =
            answers.iter().skip(first).step_by(2).map(|answer| answer.activity_record.clone()).collect();
        assert_eq!(ids, answered, "records of {subject} in the order of the request");
    }
}

async fn where_one_is_refused_nothing_is_written(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-09");
    let (rows, schedule) = (world.rows().await, world.schedule("P-001").await);
    let good = done("P-001", "marrow", "2025-01-08");
    let refused = async |bad: pb::ActivityRecord| {
        send(&world, batch(&world, vec![good.clone(), good.clone(), bad])).await.unwrap_err()
    };
    let status = refused(done("P-001", "marrow", "2025-01-10")).await;
    assert_eq!(
        (code(&status).as_str(), fields(&status)),
        ("FUP-0006", vec!["activities[2].date".to_owned()])
    );
    let status = refused(done("P-404", "marrow", "2025-01-08")).await;
    assert_eq!(code(&status), "FUP-0002");
    assert!(status.message().contains("activities[2]: no subject"), "{}", status.message());
    let status = refused(done("P-001", "tea", "2025-01-08")).await;
    assert_eq!(fields(&status), ["activities[2].activity"]);
    let stranger = world.request(Doer::Stranger, batch(&world, vec![good.clone()]));
    let status = world.rpc.record_activities(stranger).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
    assert_eq!(world.rows().await, rows);
    assert_eq!(world.schedule("P-001").await, schedule);
    assert!(recorded(&world, "P-001").await.is_empty());
    assert_eq!(send(&world, batch(&world, vec![good])).await.unwrap().len(), 1);
}

async fn a_repeat_hears_the_same_answer_and_writes_nothing(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-09");
    let request = batch(
        &world,
        vec![done("P-001", "vital-signs", "2025-01-09"), done("P-001", "marrow", "2025-01-08")],
    );
    let first = send(&world, request.clone()).await.unwrap();
    let rows = world.rows().await;
    assert_eq!(send(&world, request.clone()).await.unwrap(), first);
    assert_eq!(recorded(&world, "P-001").await.len(), 2);
    assert_eq!(world.rows().await, rows);
    let mut other = request;
    other.activities.pop();
    let status = send(&world, other).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::AlreadyExists, "the same id with another body");
    assert_eq!(recorded(&world, "P-001").await.len(), 2);
}

async fn all_that_is_malformed_is_told_with_its_place(world: World) {
    world.transplanted("P-001").await;
    let fact = pb::ActivityFact { fact: "mood".to_owned(), value: None, taken_at: time(world.now()) };
    let with_fact = pb::ActivityRecord { facts: vec![fact], ..done("P-001", "marrow", "2025-01-01") };
    let request = batch(
        &world,
        vec![done("", "marrow", "2025-01-01"), done("P-001", "marrow", "yesterday"), with_fact],
    );
    let request = pb::RecordActivitiesRequest { act: Some(common::Act::default()), ..request };
    let status = send(&world, request).await.unwrap_err();
    assert_eq!(
        fields(&status),
        ["act.request_id", "activities[0].subject", "activities[1].date", "activities[2].facts[mood]"]
    );
    for number in [0, 501] {
        let many = vec![done("P-001", "marrow", "2025-01-01"); number];
        assert_eq!(fields(&send(&world, batch(&world, many)).await.unwrap_err()), ["activities"]);
    }
}

on_both_databases!(
    together_is_the_same_as_one_after_the_other,
    where_one_is_refused_nothing_is_written,
    a_repeat_hears_the_same_answer_and_writes_nothing,
    all_that_is_malformed_is_told_with_its_place,
);
