//! What people are shown until it is over: a silent safety, an allocation nobody acknowledged, and permits nobody claimed.

use std::time::Duration;

use holdpoint_api::common::v1::{Activity, Scope, scope::Of};
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_api::safety::v1 as safety;

use crate::house::{House, TRIAL, morning, on_both_databases};
use crate::safety::Mood;

on_both_databases!(
    a_silent_safety_is_shown_until_it_answers,
    an_allocation_nobody_acknowledged_is_shown_until_it_was_heard,
    a_permit_nobody_claimed_is_voided_under_a_hold,
);

fn flag(kind: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), "P-001".to_owned())]
}

async fn a_silent_safety_is_shown_until_it_answers(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.becomes(Mood::Silent);
    assert!(gao.milestone("P-001", "death", "2026-03-02").await.unwrap().not_yet_held);
    assert_eq!(gao.flags().await, flag("safety-silent"));
    let raised: Vec<pb::FlagRaised> = house.events_of("FlagRaised").await;
    assert!(raised[0].text.contains("NOT yet held"), "{}", raised[0].text);
    for _ in 0..5 {
        house.machine.advance_boot(Duration::from_secs(8));
        tokio::task::yield_now().await;
    }
    house.safety.becomes(Mood::Open);
    let over = || async {
        house.machine.advance_boot(Duration::from_secs(1));
        gao.flags().await.is_empty()
    };
    house.until("the flag is cleared", over).await;
    assert_eq!(
        house.events_of::<pb::FlagRaised>("FlagRaised").await.len(),
        1,
        "raised once, told again often"
    );
    assert_eq!(house.events_of::<pb::FlagCleared>("FlagCleared").await.len(), 1);
    let request = pb::ListFlagsRequest { trial: TRIAL.into(), include_cleared: true, page: None };
    let all = gao.client().list_flags(request).await.unwrap().into_inner().flags;
    assert!(all.len() == 1 && all[0].cleared_at.is_some(), "what is over stays to be seen");
}

async fn an_allocation_nobody_acknowledged_is_shown_until_it_was_heard(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.randomize("P-001", 1).await.unwrap();
    house.civil.advance(Duration::from_secs(16 * 60));
    let shown = || async { gao.flags().await == flag("not-acknowledged") };
    house.until("it is shown", shown).await;
    let again = gao.randomize_again("P-001", 2, "the page was closed").await.unwrap();
    house.until("the first permit is over", || async { gao.flags().await.is_empty() }).await;
    gao.acknowledge("P-001", &again.permit).await.unwrap();
    assert!(gao.flags().await.is_empty());
}

async fn a_permit_nobody_claimed_is_voided_under_a_hold(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.ready("P-002").await;
    house.safety.becomes(Mood::Lost);
    gao.randomize("P-001", 1).await.unwrap_err();
    house.safety.becomes(Mood::Open);
    let claimed = gao.randomize("P-002", 1).await.unwrap().permit;
    let out = |subject: &str, permit: &str, activity: Activity| safety::InFlight {
        permit: permit.into(),
        activity: activity.into(),
        subject: subject.into(),
        ..Default::default()
    };
    let lost = house.safety.given("P-001");
    let placed = safety::HoldPlaced {
        trial: TRIAL.into(),
        hold: "hold-1".into(),
        scope: Some(Scope { of: Some(Of::Trial(true)) }),
        activities: vec![Activity::Randomization.into(), Activity::Dosing.into()],
        at: Some(prost_types::Timestamp { seconds: morning().as_second(), nanos: 0 }),
        in_flight: vec![
            out("P-001", &lost, Activity::Randomization),
            out("P-002", &claimed, Activity::Randomization),
            out("P-002", "a-dose", Activity::Dosing),
        ],
        ..Default::default()
    };
    house.safety_tells("holdpoint.safety.v1.HoldPlaced", &placed).await;
    let voided = || async { house.events_of::<pb::PermitVoided>("PermitVoided").await };
    house.until("the lost one is void", || async { !voided().await.is_empty() }).await;
    let voided = voided().await;
    assert_eq!(voided.len(), 1, "what was claimed, and what is dosing's, is left alone");
    assert_eq!((voided[0].permit.as_str(), voided[0].why.as_str()), (lost.as_str(), "never claimed"));
    assert_eq!(gao.subject("P-002").await.state, "sealed");
}
