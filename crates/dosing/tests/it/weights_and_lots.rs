//! What must be right before a start: weight, amount, lot, person and bag.

use std::time::Duration;

use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::dosing::v1::dosing_server::Dosing as _;
use tonic::Code;

use crate::support::{Doer, TRIAL, World, at, code, on_both_databases, time};

on_both_databases!(
    a_weight_is_in_kilograms_of_today_and_there,
    a_tenth_more_needs_a_second_person,
    an_amount_outside_tolerance_is_not_authorized,
    a_lot_is_released_fresh_and_the_subjects_own,
    wristband_bag_and_second_person_match,
    a_quarantined_lot_takes_its_orders_back,
    the_weight_that_an_order_names_can_be_read,
);

async fn a_weight_is_in_kilograms_of_today_and_there(world: World) {
    let planned = world.plan("P-001").await;
    let infusion = &planned[0].infusion;
    world.civil.set(at("2026-03-01T12:00:00Z"));
    let missing = world.authorize(infusion, "L1", "60000000").await.unwrap_err();
    assert_eq!(code(&missing), "DOS-0030");
    for unit in ["lb", "", "g"] {
        let wrong = world.weigh("P-001", "60", unit).await.unwrap_err();
        assert_eq!((wrong.code(), code(&wrong).as_str()), (Code::InvalidArgument, "DOS-0031"), "{unit}");
    }
    for value in ["-60", "0", "6e1", "sixty", "900"] {
        assert_eq!(
            world.weigh("P-001", value, "kg").await.unwrap_err().code(),
            Code::InvalidArgument,
            "{value}"
        );
    }
    let unknown = world.weigh("P-999", "60", "kg").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    world.weigh("P-001", "60", "kg").await.unwrap();
    world.authorize(infusion, "L1", "60000000").await.unwrap();
    // The next day, 08:00 at the site: yesterday's weight is stale for the order as for the start.
    world.civil.set(at("2026-03-02T00:00:00Z"));
    assert_eq!(code(&world.authorize(infusion, "L1", "60000000").await.unwrap_err()), "DOS-0030");
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0030");
    // Weighed again, the old order does not stand.
    world.weigh("P-001", "60", "kg").await.unwrap();
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0030");
    world.authorize(infusion, "L1", "60000000").await.unwrap();
    world.start(world.ask(&planned[0], 1)).await.unwrap();
}

async fn a_tenth_more_needs_a_second_person(world: World) {
    let planned = world.plan("P-001").await;
    world.civil.set(at("2026-03-02T00:00:00Z"));
    let small = world.weigh("P-001", "65.9", "kg").await.unwrap();
    assert!(!small.needs_second_person);
    let dose = world.authorize(&planned[0].infusion, "L1", "60000000").await.unwrap();
    assert_eq!((dose.reckoned.as_str(), dose.weight_used.as_str()), ("60000000", "baseline"));
    let large = world.weigh("P-001", "66", "kg").await.unwrap();
    assert!(large.needs_second_person);
    assert_eq!(large.change_percent, "10");
    let unseen = world.authorize(&planned[0].infusion, "L1", "66000000").await.unwrap_err();
    assert_eq!(code(&unseen), "DOS-0030");
    let confirm = |doer| {
        let request = pb::ConfirmWeightRequest {
            act: world.act(),
            trial: TRIAL.to_owned(),
            subject: "P-001".to_owned(),
            weight: large.weight.clone(),
        };
        world.rpc.confirm_weight(world.request(doer, request))
    };
    assert_eq!(code(&confirm(Doer::Nurse).await.unwrap_err()), "DOS-0032", "the same person twice");
    confirm(Doer::SecondNurse).await.unwrap();
    let dose = world.authorize(&planned[0].infusion, "L1", "66000000").await.unwrap();
    assert_eq!((dose.reckoned.as_str(), dose.weight_used.as_str()), ("66000000", "day"));
}

async fn an_amount_outside_tolerance_is_not_authorized(world: World) {
    let planned = world.plan("P-001").await;
    world.civil.set(at("2026-03-02T00:00:00Z"));
    world.weigh("P-001", "60", "kg").await.unwrap();
    for (cells, refused) in [
        ("53999999", true),
        ("54000000", false),
        ("66000000", false),
        ("66000001", true),
        ("240000000", true),
    ] {
        let outcome = world.authorize(&planned[0].infusion, "L1", cells).await;
        assert_eq!(outcome.as_ref().err().map(code), refused.then(|| "DOS-0050".to_owned()), "{cells}");
    }
    assert_eq!(world.lot("L1").await.cells_left, "934000000", "an order replaces the one before");
    assert_eq!(world.told_of("ActRefused").await, 3, "refused acts at a gate are journaled");
}

async fn a_lot_is_released_fresh_and_the_subjects_own(world: World) {
    let planned = world.plan("P-001").await;
    let infusion = &planned[0].infusion;
    world.receive("raw", "100000000", |_| {}).await;
    world.receive("old", "100000000", |lot| lot.expires = time(at("2026-03-01T18:00:00Z"))).await;
    world.release_lot("old").await.unwrap();
    world
        .receive("other", "100000000", |lot| {
            lot.for_trial = TRIAL.to_owned();
            lot.for_subject = "P-002".to_owned();
        })
        .await;
    world.release_lot("other").await.unwrap();
    world.release_a_lot("small", "50000000").await;
    world.receive("weak", "100000000", |lot| drop(lot.facts.remove("viability"))).await;
    assert_eq!(code(&world.release_lot("weak").await.unwrap_err()), "DOS-0042", "unknown refuses");
    world.receive("saline", "100000000", |lot| lot.product = "saline".to_owned()).await;
    assert_eq!(code(&world.release_lot("saline").await.unwrap_err()), "DOS-0042");
    world.civil.set(at("2026-03-02T00:00:00Z"));
    assert_eq!(code(&world.release_lot("old").await.unwrap_err()), "DOS-0040", "expired");
    world.weigh("P-001", "60", "kg").await.unwrap();
    for (lot, expected) in [
        ("raw", "DOS-0040"),
        ("old", "DOS-0040"),
        ("other", "DOS-0040"),
        ("small", "DOS-0041"),
        ("none", "DOS-0002"),
    ] {
        let refused = world.authorize(infusion, lot, "60000000").await.unwrap_err();
        assert_eq!(code(&refused), expected, "{lot}");
    }
    let twice =
        world.rpc.receive_lot(world.request(Doer::Pharmacist, world.lot_request("L1"))).await.unwrap_err();
    assert_eq!((twice.code(), code(&twice).as_str()), (Code::AlreadyExists, "DOS-0043"));
}

async fn wristband_bag_and_second_person_match(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let with = |change: fn(&mut pb::BedsideCheck)| {
        let mut ask = world.ask(&planned[0], 1);
        ask.check.as_mut().map(change);
        world.start(ask)
    };
    assert_eq!(code(&with(|check| check.subject = "P-002".to_owned()).await.unwrap_err()), "DOS-0020");
    assert_eq!(code(&with(|check| check.lot = "L2".to_owned()).await.unwrap_err()), "DOS-0020");
    assert_eq!(
        code(&with(|check| check.checked_with = "nurse.li".to_owned()).await.unwrap_err()),
        "DOS-0020"
    );
    assert_eq!(with(|check| check.checked_with.clear()).await.unwrap_err().code(), Code::InvalidArgument);
    assert!(world.peer.asks().is_empty(), "safety is not even asked");
    assert_eq!(
        code(&world.start(world.ask(&planned[1], 1)).await.unwrap_err()),
        "DOS-0005",
        "not authorized"
    );
    world.civil.advance(Duration::from_secs(60));
    with(|_| ()).await.unwrap();
}

async fn a_quarantined_lot_takes_its_orders_back(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let request = pb::QuarantineLotRequest { act: world.act(), lot: "L1".to_owned() };
    let answer = world.rpc.quarantine_lot(world.request(Doer::Pharmacist, request.clone())).await.unwrap();
    assert_eq!(answer.into_inner().infusions, [planned[0].infusion.clone()]);
    let again = world.rpc.quarantine_lot(world.request(Doer::Pharmacist, request)).await.unwrap();
    assert_eq!(again.into_inner().infusions.len(), 1, "a repeat hears the kept answer");
    assert_eq!(world.get(&planned[0].infusion).await.state, "planned");
    let lot = world.lot("L1").await;
    assert_eq!((lot.cells_left.as_str(), lot.quarantined_at), ("1000000000", time(world.now())));
    assert_eq!(code(&world.authorize(&planned[0].infusion, "L1", "60000000").await.unwrap_err()), "DOS-0040");
    assert_eq!(code(&world.release_lot("L1").await.unwrap_err()), "DOS-0040", "for good");
}

async fn the_weight_that_an_order_names_can_be_read(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let order = world.list().await.into_iter().find(|one| one.infusion == planned[0].infusion).unwrap();
    let asked =
        |trial: &str, weight: &str| pb::GetWeightRequest { trial: trial.into(), weight: weight.into() };
    let read = async |doer, trial: &str, weight: &str| {
        world.rpc.get_weight(world.request(doer, asked(trial, weight))).await.map(tonic::Response::into_inner)
    };
    let weight = read(Doer::Nurse, TRIAL, &order.weight).await.unwrap();
    assert_eq!((weight.subject.as_str(), weight.second_person.as_str()), ("P-001", "not-needed"));
    assert_eq!((weight.kilograms, weight.measured_at), (order.weight_kilograms, order.weight_measured_at));
    let stranger = read(Doer::Stranger, TRIAL, &order.weight).await.unwrap_err();
    assert_eq!(stranger.code(), Code::PermissionDenied);
    for (trial, weight) in [(TRIAL, "another"), ("another", order.weight.as_str())] {
        assert_eq!(
            code(&read(Doer::Nurse, trial, weight).await.unwrap_err()),
            "DOS-0002",
            "{trial} {weight}"
        );
    }
}
