//! What safety tells, and what enrollment makes of it.

use holdpoint_api::common::v1::{Activity, Scope, scope::Of};
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_api::safety::v1 as safety;

use crate::house::{House, TRIAL, morning, on_both_databases};

on_both_databases!(
    a_hold_is_checked_and_answered,
    a_rule_s_measures_end_what_they_name,
    told_twice_and_out_of_order_each_counts_once,
);

async fn a_hold_is_checked_and_answered(house: House) {
    let gao = house.small_trial().await;
    gao.screen("P-001").await.unwrap();
    gao.ready("P-002").await;
    gao.ready("P-003").await;
    gao.randomize("P-003", 1).await.unwrap();
    gao.ready("P-004").await;
    gao.allocate("P-004").await.unwrap();
    let at = Some(prost_types::Timestamp { seconds: morning().as_second(), nanos: 0 });
    let placed = safety::HoldPlaced {
        trial: TRIAL.into(),
        hold: "hold-1".into(),
        scope: Some(Scope { of: Some(Of::Trial(true)) }),
        activities: vec![Activity::Randomization.into(), Activity::Dosing.into()],
        reason: "rule suspend-ventilation".into(),
        at,
        ..Default::default()
    };
    house.safety_tells("holdpoint.safety.v1.HoldPlaced", &placed).await;
    let checked = || async { house.events_of::<pb::HoldChecked>("HoldChecked").await };
    house.until("the hold is checked", || async { !checked().await.is_empty() }).await;
    let check = checked().await.remove(0);
    assert_eq!(check.hold, "hold-1");
    assert_eq!(check.in_screening, ["P-001"]);
    assert_eq!(check.awaiting_randomization, ["P-002"]);
    assert_eq!(check.sealed, ["P-003"]);
}

async fn a_rule_s_measures_end_what_they_name(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.allocate("P-001").await.unwrap();
    gao.ready("P-002").await;
    let measure = |subject: &str, rule: &str, verb: &str| safety::SubjectMeasure {
        trial: TRIAL.into(),
        subject: subject.into(),
        rule: rule.into(),
        verb: verb.into(),
        hold: String::new(),
    };
    let kind = "holdpoint.safety.v1.SubjectMeasure";
    house.safety_tells(kind, &measure("P-001", "leave-relapse", "stop dosing")).await;
    house.safety_tells(kind, &measure("P-001", "leave-relapse", "stop dosing")).await;
    house.safety_tells(kind, &measure("P-002", "no-transplant", "fail screening")).await;
    let failed = || async { house.events_of::<pb::ScreenFailed>("ScreenFailed").await };
    house.until("the screening failed", || async { !failed().await.is_empty() }).await;
    assert_eq!(failed().await[0].why, "no-transplant");
    let ended: Vec<pb::SubjectDiscontinued> = house.events_of("SubjectDiscontinued").await;
    assert_eq!(
        (ended.len(), ended[0].axis.as_str(), ended[0].rule.as_str()),
        (1, "treatment", "leave-relapse")
    );
    assert_eq!(gao.subject("P-002").await.state, "screen-failed");
}

async fn told_twice_and_out_of_order_each_counts_once(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.allocate("P-001").await.unwrap();
    let at = Some(prost_types::Timestamp { seconds: morning().as_second(), nanos: 0 });
    let holds: Vec<String> = (1..=8).map(|n| format!("hold-{n}")).collect();
    for hold in &holds {
        let placed = safety::HoldPlaced {
            trial: TRIAL.into(),
            hold: hold.clone(),
            scope: Some(Scope { of: Some(Of::Trial(true)) }),
            activities: vec![Activity::Randomization.into()],
            at,
            ..Default::default()
        };
        house.safety_tells("holdpoint.safety.v1.HoldPlaced", &placed).await;
        let effective =
            safety::HoldEffective { trial: TRIAL.into(), hold: hold.clone(), ..Default::default() };
        house.safety_tells("holdpoint.safety.v1.HoldEffective", &effective).await;
        let released = safety::HoldReleased { trial: TRIAL.into(), hold: hold.clone(), ..Default::default() };
        house.safety_tells("holdpoint.safety.v1.HoldReleased", &released).await;
    }
    let measure = safety::SubjectMeasure {
        trial: TRIAL.into(),
        subject: "P-001".into(),
        rule: "leave-relapse".into(),
        verb: "stop dosing".into(),
        hold: String::new(),
    };
    house.safety_tells("holdpoint.safety.v1.SubjectMeasure", &measure).await;
    let ended = || async { house.events_of::<pb::SubjectDiscontinued>("SubjectDiscontinued").await.len() };
    house.until("the last of them is applied", || async { ended().await == 1 }).await;
    let checks = house.events_of::<pb::HoldChecked>("HoldChecked").await;
    assert_eq!(checks.into_iter().map(|check| check.hold).collect::<Vec<_>>(), holds);
    let chain = holdpoint_journal::Chain::trial(TRIAL);
    assert!(house.store.parked("safety", &chain).await.unwrap().is_none());
    assert_eq!(ended().await, 1);
}
