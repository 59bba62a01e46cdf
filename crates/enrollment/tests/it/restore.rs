//! Enrollment restored from an older copy: it allocates nobody in the trial until people have reconciled it.

use std::time::Duration;

use holdpoint_api::common::v1::{Activity, Scope, scope::Of};
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_api::journal::v1 as journal;
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_api::safety::v1 as safety;
use holdpoint_chassis::clock::CivilClock as _;
use holdpoint_journal::{Chain, Head, Known};
use jiff::Timestamp;

use crate::house::{House, TRIAL, morning, on_both_databases};
use crate::person::code;

on_both_databases!(
    a_journal_that_went_back_allocates_nobody,
    a_permit_from_who_has_seen_more_is_given_back,
    a_release_of_before_reconciles_nothing,
);

/// A row that enrollment's journal lacks.
async fn lost(house: &House) -> Head {
    let number = house.store.head(&Chain::trial(TRIAL)).await.unwrap().number + 1;
    Head { number, hash: [7; 32], ..Head::default() }
}

/// A peer shows that it has seen this of enrollment's journal.
async fn a_peer_shows(house: &House, head: Head) {
    let seen = vec![journal::ChainHead { chain: TRIAL.into(), head: Some(head.into()) }];
    let request = journal::HeadsRequest { service: "enrollment".into(), seen };
    JournalClient::new(house.as_service()).heads(request).await.unwrap();
}

async fn placed(house: &House, hold: &str, kind: safety::HoldKind) {
    let placed = safety::HoldPlaced {
        trial: TRIAL.into(),
        hold: hold.into(),
        scope: Some(Scope { of: Some(Of::Trial(true)) }),
        activities: vec![Activity::Randomization.into()],
        kind: kind.into(),
        went_back: if kind == safety::HoldKind::Reconciliation { "enrollment".into() } else { String::new() },
        at: Some(prost_types::Timestamp { seconds: morning().as_second(), nanos: 0 }),
        ..Default::default()
    };
    house.safety_tells("holdpoint.safety.v1.HoldPlaced", &placed).await;
    let checked = || async { house.events_of::<pb::HoldChecked>("HoldChecked").await };
    house.until("it is checked", || async { checked().await.iter().any(|check| check.hold == hold) }).await;
}

async fn released(house: &House, hold: &str) {
    released_at(house, hold, house.civil.now()).await;
}

async fn released_at(house: &House, hold: &str, at: Timestamp) {
    let released = safety::HoldReleased { trial: TRIAL.into(), hold: hold.into(), ..Default::default() };
    house.safety_tells_at(at, "holdpoint.safety.v1.HoldReleased", &released).await;
}

async fn a_journal_that_went_back_allocates_nobody(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let lost = lost(&house).await;
    a_peer_shows(&house, lost).await;
    let known = house.store.knows(&Chain::trial(TRIAL), &lost).await.unwrap();
    assert_eq!(known, Known::Known, "a further incarnation accounts for it");
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0039");
    assert!(house.safety.asked().is_empty(), "whatever safety would say");
    a_peer_shows(&house, lost).await;

    placed(&house, "hold-b", safety::HoldKind::PendingBoardDecision).await;
    released(&house, "hold-b").await;
    placed(&house, "hold-r", safety::HoldKind::Reconciliation).await;
    assert_eq!(
        code(gao.randomize("P-001", 1).await),
        "ENR-0039",
        "another hold's release reconciles nothing"
    );
    released(&house, "hold-r").await;
    house.until("people reconciled it", || async { gao.randomize("P-001", 1).await.is_ok() }).await;
}

async fn a_permit_from_who_has_seen_more_is_given_back(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.has_seen(Some(lost(&house).await.into()));
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0039");
    assert_eq!(house.events_of::<pb::PermitReturned>("PermitReturned").await.len(), 1);
    house.safety.has_seen(None);
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0039", "it remembers");
    assert_eq!(house.safety.asked().len(), 1);
    placed(&house, "hold-r", safety::HoldKind::Reconciliation).await;
    released(&house, "hold-r").await;
    house.until("people reconciled it", || async { gao.randomize("P-001", 1).await.is_ok() }).await;
}

async fn a_release_of_before_reconciles_nothing(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.civil.advance(Duration::from_secs(60));
    a_peer_shows(&house, lost(&house).await).await;
    placed(&house, "hold-old", safety::HoldKind::Reconciliation).await;
    released_at(&house, "hold-old", morning()).await;
    placed(&house, "hold-r", safety::HoldKind::Reconciliation).await;
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0039");
    released(&house, "hold-r").await;
    house.until("people reconciled it", || async { gao.randomize("P-001", 1).await.is_ok() }).await;
}
