//! What follows from counts: engraftment, responses, with transfusions told late and taken back, and by time alone.

use std::time::Duration;

use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::labs_server::Labs as _;
use holdpoint_journal::Chain;

use crate::support::{Analyte, Doer, Said, TRIAL, World, at, on_both_databases};

on_both_databases!(
    a_platelet_response_is_reached_by_seven_days_without_transfusion,
    a_late_transfusion_takes_a_response_away_and_its_withdrawal_gives_it_back,
    no_response_is_a_matter_of_time_alone,
    all_lineages_recover_after_allocation,
    a_result_of_nobody_else_is_touched,
    what_was_told_is_not_told_again,
    a_trend_shows_what_stands_beside_what_was_given,
);

fn daily(subject: &str, first: i8, last: i8, analyte: impl Fn(&str) -> Analyte, value: &str) -> Vec<Said> {
    (first..=last)
        .map(|day| Said::of(subject, &format!("2026-04-{day:02}T01:00:00Z"), &[analyte(value)]))
        .collect()
}

async fn told(world: &World) -> Vec<(String, bool)> {
    let told: Vec<pb::ResponseChanged> = world.told(&Chain::trial(TRIAL), "ResponseChanged").await;
    let told = told.into_iter().filter(|one| one.subject == "P-001" && one.response == "platelet");
    told.map(|one| (one.category, one.fixed)).collect()
}

fn words(told: &[(&str, bool)]) -> Vec<(String, bool)> {
    told.iter().map(|(category, fixed)| ((*category).to_owned(), *fixed)).collect()
}

async fn a_trend_shows_what_stands_beside_what_was_given(world: World) {
    world.says(Said::of("P-001", "2026-03-01T01:00:00Z", &[Analyte::platelets("20")])).await;
    world.says(Said::of("P-001", "2026-04-02T01:00:00Z", &[Analyte::platelets("<5")])).await;
    world.says(Said::of("P-001", "2026-04-01T01:00:00Z", &[Analyte::platelets("60")])).await;
    world.transfused("t1", "2026-04-03T05:00:00Z", "", false).await;
    let ask = |subject: &str| pb::GetTrendRequest {
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        fact: "platelets".to_owned(),
    };
    let trend =
        world.rpc.get_trend(world.request(Doer::Coordinator, ask("P-001"))).await.unwrap().into_inner();
    let points: Vec<_> = trend.points.iter().map(|one| (one.value.as_str(), one.baseline)).collect();
    assert_eq!(points, [("20", true), ("60", false), ("", false)], "by the time they were taken");
    assert_eq!(
        (trend.points[0].lower.as_str(), trend.points[0].upper.as_str(), trend.unit.as_str()),
        ("125", "350", "e9/L")
    );
    let grades: Vec<u32> = trend.points.iter().map(|one| one.grades[0].grade).collect();
    assert_eq!(grades, [4, 2, 4]);
    assert_eq!((trend.transfusions.len(), trend.transfusions[0].event.as_str()), (1, "platelet-transfusion"));
    let other =
        world.rpc.get_trend(world.request(Doer::Coordinator, ask("P-002"))).await.unwrap().into_inner();
    assert!(other.points.is_empty() && other.transfusions.is_empty());
    let refused = world.rpc.get_trend(world.request(Doer::Stranger, ask("P-001"))).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}

async fn a_platelet_response_is_reached_by_seven_days_without_transfusion(world: World) {
    world.sends(&daily("P-001", 1, 7, Analyte::platelets, "30")).await;
    assert_eq!(world.response("P-001").await, ("PR".to_owned(), false), "provisional before week 8");
    world.sends(&daily("P-001", 8, 16, Analyte::platelets, "60")).await;
    assert_eq!(world.response("P-001").await, ("CR".to_owned(), false));
    let derived = world.derived("P-001").await;
    let response = derived.responses.iter().find(|one| one.response == "platelet").unwrap();
    assert_eq!((response.date.as_str(), response.stands, response.proof.len()), ("2026-04-08", true, 7));
    assert!(told(&world).await.starts_with(&words(&[("PR", false)])));
    assert_eq!(told(&world).await.last().unwrap().0, "CR");
    world.civil.set(at("2026-05-05T12:00:00Z"));
    assert_eq!(world.timer().await, 2, "week 8 of both subjects, also of the one without a count");
    assert_eq!(world.response("P-001").await, ("CR".to_owned(), true));
    assert_eq!(world.response("P-002").await, ("not-assessable".to_owned(), true));
    assert_eq!(told(&world).await.last().unwrap(), &("CR".to_owned(), true));
}

async fn a_late_transfusion_takes_a_response_away_and_its_withdrawal_gives_it_back(world: World) {
    world.civil.set(at("2026-06-30T00:00:00Z"));
    world.sends(&daily("P-001", 1, 7, Analyte::platelets, "30")).await;
    // A value near the day of assessment: without the run it is no response, and not "not assessable".
    world.says(Said::of("P-001", "2026-05-01T01:00:00Z", &[Analyte::platelets("15")])).await;
    assert_eq!(world.response("P-001").await, ("PR".to_owned(), true));
    world.transfused("tr-1", "2026-04-04T03:00:00Z", "", false).await;
    assert_eq!(world.response("P-001").await, ("NR".to_owned(), true), "recorded late");
    world.transfused("tr-2", "2026-04-09T03:00:00Z", "tr-1", false).await;
    assert_eq!(world.response("P-001").await, ("PR".to_owned(), true), "it was on the 9th");
    world.transfused("tr-3", "2026-04-05T03:00:00Z", "", false).await;
    world.transfused("tr-4", "2026-04-05T03:00:00Z", "tr-3", true).await;
    assert_eq!(world.response("P-001").await, ("PR".to_owned(), true), "withdrawn");
    let told = told(&world).await;
    let order: Vec<&str> = told.iter().map(|(category, _)| category.as_str()).collect();
    assert!(order.ends_with(&["PR", "NR", "PR", "NR", "PR"]), "{order:?}");
}

async fn no_response_is_a_matter_of_time_alone(world: World) {
    world.civil.set(at("2026-05-04T00:00:00Z"));
    world.screen("P-003").await;
    world.randomize("P-003", "control", "2026-03-10T02:00:00Z").await;
    world.hear().await;
    world.says(Said::of("P-003", "2026-05-01T01:00:00Z", &[Analyte::platelets("15")])).await;
    assert_eq!(world.response("P-003").await, ("not-yet-assessable".to_owned(), false));
    assert_eq!(world.timer().await, 0, "week 8 has not come");
    world.civil.set(at("2026-05-04T16:30:00Z"));
    assert_eq!(world.timer().await, 3, "5 May has begun at the site, for all three");
    assert_eq!(world.response("P-003").await, ("NR".to_owned(), true));
    let told: Vec<pb::ResponseChanged> = world.told(&Chain::trial(TRIAL), "ResponseChanged").await;
    let of_subject: Vec<_> = told.iter().filter(|one| one.subject == "P-003").collect();
    assert_eq!((of_subject.len(), of_subject[0].category.as_str()), (1, "NR"));
    assert_eq!(of_subject[0].date, "2026-05-05");
    assert_eq!(world.timer().await, 0, "it is told once");
}

async fn all_lineages_recover_after_allocation(world: World) {
    let mut reports = vec![Said::of("P-001", "2026-02-10T01:00:00Z", &[Analyte::neutrophils("0.2")])];
    for day in 1..=7 {
        let counts = [Analyte::platelets("30"), Analyte::neutrophils("0.8"), Analyte::hemoglobin("90")];
        reports.push(Said::of("P-001", &format!("2026-04-{day:02}T01:00:00Z"), &counts));
    }
    world.sends(&reports).await;
    for (event, date) in [
        ("nadir", Some("2026-02-10")),
        ("neutrophil-engraftment", Some("2026-04-01")),
        ("platelet-engraftment", Some("2026-04-01")),
        ("red-cell-engraftment", Some("2026-04-01")),
        ("reconstitution", Some("2026-04-01")),
        ("hematologic-response", Some("2026-04-01")),
        ("cytopenia", None),
        ("pgf", None),
    ] {
        assert_eq!(world.day_of("P-001", event).await.as_deref(), date, "{event}");
    }
    let reconstituted = world.told_of("reconstitution").await;
    assert_eq!(reconstituted, [("2026-04-01".to_owned(), false)]);
}

async fn a_result_of_nobody_else_is_touched(world: World) {
    world.sends(&daily("P-001", 1, 7, Analyte::platelets, "30")).await;
    let before = world.derived("P-001").await;
    world.sends(&daily("P-002", 1, 7, Analyte::platelets, "60")).await;
    assert_eq!(world.derived("P-001").await, before);
    assert_eq!(world.response("P-002").await.0, "CR");
}

async fn what_was_told_is_not_told_again(world: World) {
    world.sends(&daily("P-001", 1, 7, Analyte::platelets, "30")).await;
    let rows = world.service.ctx.store.head(&Chain::trial(TRIAL)).await.unwrap().number;
    world.sends(&daily("P-001", 1, 7, Analyte::platelets, "30")).await;
    world.timer().await;
    world.civil.advance(Duration::from_secs(3_600));
    world.timer().await;
    assert_eq!(world.service.ctx.store.head(&Chain::trial(TRIAL)).await.unwrap().number, rows);
}
