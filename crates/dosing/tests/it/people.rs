//! Who may act: a role alone is not enough, a delegation that dosing has heard of must allow.

use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::dosing::v1::dosing_server::Dosing as _;
use tonic::{Code, Request};

use crate::support::{Doer, TRIAL, World, on_both_databases};

on_both_databases!(
    who_is_not_delegated_is_refused,
    a_delegation_that_ended_allows_nothing,
    death_and_its_withdrawal
);

async fn who_is_not_delegated_is_refused(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let ask = world.ask(&planned[0], 1);
    let refused = world.rpc.start_infusion(world.request(Doer::Stranger, ask.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let unchecked = world.rpc.start_infusion(Request::new(ask)).await.unwrap_err();
    assert_eq!(unchecked.code(), Code::Unauthenticated);
    let lot =
        world.rpc.receive_lot(world.request(Doer::Stranger, world.lot_request("L9"))).await.unwrap_err();
    assert_eq!(lot.code(), Code::PermissionDenied);
    let read = pb::GetInfusionRequest { trial: TRIAL.to_owned(), infusion: planned[0].infusion.clone() };
    let read = world.rpc.get_infusion(world.request(Doer::Stranger, read)).await.unwrap_err();
    assert_eq!(read.code(), Code::PermissionDenied);
}

async fn a_delegation_that_ended_allows_nothing(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.end_delegation("d-nurse.li").await;
    assert_eq!(world.start(world.ask(&planned[0], 1)).await.unwrap_err().code(), Code::PermissionDenied);
}

async fn death_and_its_withdrawal(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.milestone("m-1", "death", "", false).await;
    assert!(world.list().await.iter().all(|one| one.state == "canceled"));
    assert!(world.start(world.ask(&planned[0], 1)).await.is_err());
    // It was another subject's: the record is withdrawn, and what it canceled is planned again.
    world.milestone("m-2", "death", "m-1", true).await;
    assert!(world.list().await.iter().all(|one| one.state == "planned"));
    world.prepare(&planned[0]).await;
    world.start(world.ask(&planned[0], 1)).await.unwrap();
}
