//! What went wrong for others, told to dosing: weights in pounds, courses given as one dose, wrong counts, partial doses,
//! nights in which clocks change, holidays. Each is a story of the field notes, by its number.

use std::process::Command;
use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::dosing::v1::dosing_server::Dosing as _;
use tonic::{Code, Status};

use crate::support::{Doer, TRIAL, World, at, code, on_both_databases, time};

on_both_databases!(
    story_20_a_weight_of_pounds_of_a_slip_or_of_yesterday_doses_nobody,
    story_21_four_doses_are_never_one_and_a_fifth_is_refused,
    story_22_a_corrected_lot_recounts_what_was_given_and_blocks_who_it_is_not_for,
    story_23_a_partial_dose_is_recorded_as_given_and_counts,
    story_32_a_weekly_infusion_over_a_night_in_which_clocks_change,
    story_33_a_holiday_shifts_the_third_and_the_fourth_keeps_its_distance,
);

async fn story_20_a_weight_of_pounds_of_a_slip_or_of_yesterday_doses_nobody(world: World) {
    let planned = world.plan("P-001").await;
    let infusion = &planned[0].infusion;
    world.civil.set(at("2026-03-01T06:00:00Z"));
    for unit in ["lb", "[lb_av]", "g", ""] {
        let refused = world.weigh("P-001", "132", unit).await.unwrap_err();
        assert_eq!(
            (refused.code(), code(&refused).as_str()),
            (Code::InvalidArgument, "DOS-0031"),
            "{unit:?}"
        );
    }
    // 60 kg at baseline; 132 lb written down as kilograms.
    let slip = world.weigh("P-001", "132", "kg").await.unwrap();
    assert!(slip.needs_second_person);
    assert_eq!(code(&world.authorize(infusion, "L1", "132000000").await.unwrap_err()), "DOS-0030");
    let alone = confirm(&world, Doer::Nurse, &slip.weight).await.unwrap_err();
    assert_eq!(code(&alone), "DOS-0032");
    // A tenth since the last weight that stands, though not since the baseline.
    assert!(
        !world.weigh("P-001", "63", "kg").await.unwrap().needs_second_person,
        "the slip is no weight before it"
    );
    world.civil.advance(Duration::from_secs(60));
    let lighter = world.weigh("P-001", "56.7", "kg").await.unwrap();
    assert_eq!((lighter.needs_second_person, lighter.change_percent.as_str()), (true, "-5.5"));
    assert_eq!(code(&world.authorize(infusion, "L1", "60000000").await.unwrap_err()), "DOS-0030");
    confirm(&world, Doer::SecondNurse, &lighter.weight).await.unwrap();
    world.authorize(infusion, "L1", "60000000").await.unwrap();
    // The next day at the site it is yesterday's.
    world.civil.set(at("2026-03-02T00:00:00Z"));
    assert_eq!(code(&world.authorize(infusion, "L1", "60000000").await.unwrap_err()), "DOS-0030");
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0030");
    let ahead = pb::RecordWeightRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        value: "60".to_owned(),
        unit: "kg".to_owned(),
        measured_at: time(at("2026-03-02T00:00:01Z")),
    };
    let ahead = world.rpc.record_weight(world.request(Doer::Nurse, ahead)).await.unwrap_err();
    assert_eq!(code(&ahead), "DOS-0006", "a weight of later today is none yet");
}

async fn confirm(world: &World, doer: Doer, weight: &str) -> Result<(), Status> {
    let request = pb::ConfirmWeightRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        weight: weight.to_owned(),
    };
    world.rpc.confirm_weight(world.request(doer, request)).await.map(drop)
}

async fn story_21_four_doses_are_never_one_and_a_fifth_is_refused(world: World) {
    let planned = world.plan("P-001").await;
    assert_eq!(planned.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    world.civil.set(at("2026-03-02T00:00:00Z"));
    world.weigh("P-001", "60", "kg").await.unwrap();
    let request = pb::CalculateDoseRequest { trial: TRIAL.to_owned(), infusion: planned[0].infusion.clone() };
    let reckoned = world.rpc.calculate_dose(world.request(Doer::Pharmacist, request)).await.unwrap();
    let reckoned = reckoned.into_inner().dose.unwrap();
    assert_eq!(
        (reckoned.reckoned.as_str(), reckoned.highest.as_str(), reckoned.unit.as_str()),
        ("60000000", "66000000", "cells"),
        "one dose, not the course"
    );
    let course = world.authorize(&planned[0].infusion, "L1", "240000000").await.unwrap_err();
    assert_eq!(code(&course), "DOS-0050");
    for infusion in &planned {
        world.give(&world.get(&infusion.infusion).await).await;
    }
    let given: u64 = world.list().await.iter().map(|one| one.cells_given.parse::<u64>().unwrap()).sum();
    assert_eq!(given, 240_000_000);
    assert!(given <= 4 * 66_000_000, "no more than four times the most of one");
    assert_eq!(world.lot("L1").await.cells_left, "760000000");
    // There is no fifth to plan, to authorize or to start.
    assert_eq!(code(&world.rpc_plan_again().await.unwrap_err()), "DOS-0060");
    world.civil.set(at("2026-03-30T00:00:00Z"));
    world.weigh("P-001", "60", "kg").await.unwrap();
    for infusion in &planned {
        assert_eq!(
            code(&world.authorize(&infusion.infusion, "L1", "60000000").await.unwrap_err()),
            "DOS-0005"
        );
        assert_eq!(code(&world.start(world.ask(infusion, 2)).await.unwrap_err()), "DOS-0005");
    }
    assert_eq!(world.told_of("InfusionStarted").await, 4);
}

async fn story_22_a_corrected_lot_recounts_what_was_given_and_blocks_who_it_is_not_for(world: World) {
    let (first, second) = (world.plan("P-001").await, world.plan("P-002").await);
    world.give(&first[0]).await;
    world.prepare(&second[0]).await;
    // Half of the cells on the label.
    let halved = correct(&world, "500000000", &[]).await;
    assert_eq!(halved.infusions, [second[0].infusion.clone()], "the order that waits loses its lot");
    assert_eq!(halved.deviations, [first[0].infusion.clone()]);
    let given = world.get(&first[0].infusion).await;
    assert_eq!((given.cells_given.as_str(), given.cells_recounted.as_str()), ("60000000", "30000000"));
    assert!(given.recount.contains("outside the dose"), "{}", given.recount);
    assert_eq!(world.get(&second[0].infusion).await.state, "planned");
    let lot = world.lot("L1").await;
    assert_eq!((lot.cells.as_str(), lot.cells_left.as_str()), ("500000000", "470000000"));
    let told = world.messages::<pb::DoseRecounted>("DoseRecounted").await;
    assert_eq!((told.len(), told[0].cells.as_str(), told[0].outside_tolerance), (1, "30000000", true));
    // The count was right after all, the viability was not.
    correct(&world, "1000000000", &[]).await;
    assert_eq!(world.get(&first[0].infusion).await.recount, "", "no deviation any more");
    let weak = correct(&world, "", &[("viability", "79.9", "%")]).await;
    assert_eq!(weak.deviations, [first[0].infusion.clone()]);
    assert!(world.messages::<pb::DoseRecounted>("DoseRecounted").await[2].lot_not_accepted);
    let refused = world.authorize(&second[0].infusion, "L1", "60000000").await.unwrap_err();
    assert_eq!(code(&refused), "DOS-0042", "it is used no more");
    // A lot made for another subject.
    world
        .receive("L2", "100000000", |lot| {
            lot.for_trial = TRIAL.to_owned();
            lot.for_subject = "P-001".to_owned();
        })
        .await;
    world.release_lot("L2").await.unwrap();
    let other = world.authorize(&second[0].infusion, "L2", "60000000").await.unwrap_err();
    assert_eq!(code(&other), "DOS-0040");
}

async fn correct(world: &World, cells: &str, facts: &[(&str, &str, &str)]) -> pb::CorrectLotResponse {
    let value = |number: &str, unit: &str| common::Value {
        of: Some(common::value::Of::Number(number.to_owned())),
        unit: unit.to_owned(),
    };
    let request = pb::CorrectLotRequest {
        act: world.act(),
        lot: "L1".to_owned(),
        cells: cells.to_owned(),
        facts: facts.iter().map(|(name, number, unit)| ((*name).to_owned(), value(number, unit))).collect(),
    };
    world.rpc.correct_lot(world.request(Doer::Pharmacist, request)).await.unwrap().into_inner()
}

async fn story_23_a_partial_dose_is_recorded_as_given_and_counts(world: World) {
    let planned = world.plan("P-001").await;
    world.begin_at(&planned[0], at("2026-03-02T00:00:00Z")).await.unwrap();
    world.civil.advance(Duration::from_secs(600));
    let partial = |deviation: &str| pb::CompleteInfusionRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        infusion: planned[0].infusion.clone(),
        at: time(world.now()),
        cells: "36000000".to_owned(),
        stopped_early: true,
        deviation: deviation.to_owned(),
    };
    let silent = world.rpc.complete_infusion(world.request(Doer::Nurse, partial(""))).await.unwrap_err();
    assert_eq!(code(&silent), "DOS-0051");
    world.rpc.complete_infusion(world.request(Doer::Nurse, partial("urticaria, stopped"))).await.unwrap();
    let given = world.get(&planned[0].infusion).await;
    assert_eq!(
        (given.state.as_str(), given.cells_given.as_str(), given.deviation.as_str()),
        ("completed", "36000000", "urticaria, stopped"),
        "0.6 of the dose"
    );
    let told = world.messages::<pb::InfusionCompleted>("InfusionCompleted").await;
    assert_eq!((told[0].cells.as_str(), told[0].stopped_early), ("36000000", true));
    // It is dose 1: the second follows a week after it, and three are left.
    let second = world.get(&planned[1].infusion).await;
    assert_eq!(second.due, time(at("2026-03-09T00:00:00Z")));
    let again = world.start(world.ask(&planned[0], 2)).await.unwrap_err();
    assert_eq!(code(&again), "DOS-0005", "the rest of the bag is not given");
    world.give(&second).await;
    assert_eq!(world.peer.asks().last().unwrap().activity, 3, "no first dose any more");
}

async fn story_32_a_weekly_infusion_over_a_night_in_which_clocks_change(world: World) {
    world.civil.set(at("2026-03-23T08:00:00Z"));
    world.site("ber", "Europe/Berlin").await;
    world.enroll("P-003", "ber").await;
    world.hear().await;
    // Tuesday 24 March at ten in the morning; clocks go forward on Sunday the 29th.
    let planned = world.plan_from("P-003", at("2026-03-24T09:00:00Z")).await.unwrap();
    let due: Vec<_> = planned.iter().map(|one| one.due).collect();
    let at_ten =
        ["2026-03-24T09:00:00Z", "2026-03-31T08:00:00Z", "2026-04-07T08:00:00Z", "2026-04-14T08:00:00Z"];
    assert_eq!(due, at_ten.map(|due| time(at(due))), "seven days later by the calendar, at ten");
    world.give_at(&planned[0], at("2026-03-24T09:00:00Z")).await;
    let second = world.get(&planned[1].infusion).await;
    assert_eq!(second.due, time(at("2026-03-31T08:00:00Z")));
    // Five days are 120 hours, whatever the clocks show: 29 March at 11:00 summer time, and still before the window.
    let early = world.begin_at(&planned[1], at("2026-03-29T08:59:59Z")).await.unwrap_err();
    assert!(early.message().contains("120 hours"), "{}", early.message());
    let closed = world.begin_at(&planned[1], at("2026-03-29T09:00:00Z")).await.unwrap_err();
    assert_eq!(code(&closed), "DOS-0022");
    assert!(!closed.message().contains("120 hours"), "{}", closed.message());
    // Ten days are 240 hours: until 3 April at 11:00 summer time.
    let beyond = world.begin_at(&planned[1], at("2026-04-03T09:00:01Z")).await.unwrap_err();
    assert_eq!(code(&beyond), "DOS-0022");
    assert!(beyond.message().contains("board"), "{}", beyond.message());
}

/// The same story in a process whose own zone is another: nothing of it changes.
#[test]
fn story_32_the_zone_of_the_server_changes_nothing() {
    let story = "stories::on_sqlite::story_32_a_weekly_infusion_over_a_night_in_which_clocks_change";
    for zone in ["America/New_York", "Pacific/Kiritimati"] {
        let this = std::env::current_exe().unwrap();
        let ran = Command::new(this).args(["--exact", story]).env("TZ", zone).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains("1 passed"), "{zone}: {said}");
    }
}

async fn story_33_a_holiday_shifts_the_third_and_the_fourth_keeps_its_distance(world: World) {
    let planned = world.plan("P-001").await;
    world.give(&planned[0]).await;
    world.give(&world.get(&planned[1].infusion).await).await;
    // The third was due on 16 March, on time until the 17th at midnight UTC; the ward opens again on the 18th.
    world.give_at(&planned[2], at("2026-03-18T12:00:00Z")).await;
    let third = world.get(&planned[2].infusion).await;
    assert_eq!(third.timing, "late", "the breach is told");
    let told = world.messages::<pb::InfusionStarted>("InfusionStarted").await;
    let timings: Vec<_> = told.iter().map(|started| started.timing.as_str()).collect();
    assert_eq!(timings, ["on time", "on time", "late"]);
    let fourth = world.get(&planned[3].infusion).await;
    assert_eq!(fourth.due, time(at("2026-03-25T12:00:00Z")), "shifted with it, not kept on the 23rd");
    assert_eq!(fourth.earliest, time(at("2026-03-24T12:00:00Z")));
    let too_close = world.begin_at(&planned[3], at("2026-03-23T11:59:59Z")).await.unwrap_err();
    assert_eq!(code(&too_close), "DOS-0022", "the day it was once due is too close");
    world.give_at(&planned[3], at("2026-03-24T12:00:00Z")).await;
    assert_eq!(world.get(&planned[3].infusion).await.timing, "on time");
}
