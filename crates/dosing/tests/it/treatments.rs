//! What is given beside the infusions: transfusions, growth factors, and a drug with a ladder.

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::dosing::v1::dosing_server::Dosing as _;
use tonic::{Code, Status};

use crate::support::{Doer, TRIAL, World, at, code, on_both_databases, time};

on_both_databases!(
    a_transfusion_is_recorded_once_corrected_and_withdrawn,
    a_transfusion_before_the_allocation_is_taken_down,
    a_background_drug_is_in_the_files_unit_and_range_or_says_why,
    a_repeated_request_hears_its_record,
    a_step_up_is_proposed_by_counts_and_refused_from_fifty_on,
    a_drug_is_stopped_by_anybody_and_resumed_by_the_ladder,
    the_newest_word_of_the_laboratory_stands_in_any_order,
    a_weight_of_an_examination_is_the_baseline,
    who_may_set_a_drug,
);

fn transfusion(world: &World, subject: &str, moment: &str) -> pb::RecordTransfusionRequest {
    pb::RecordTransfusionRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        event: "platelet-transfusion".to_owned(),
        at: time(at(moment)),
        units: "2".to_owned(),
        ..pb::RecordTransfusionRequest::default()
    }
}

async fn transfuse(world: &World, request: pb::RecordTransfusionRequest) -> Result<String, Status> {
    Ok(world.rpc.record_transfusion(world.request(Doer::Nurse, request)).await?.into_inner().transfusion)
}

async fn listed(world: &World, subject: &str) -> pb::ListTreatmentsResponse {
    let request = pb::ListTreatmentsRequest { trial: TRIAL.to_owned(), subject: subject.to_owned() };
    world.rpc.list_treatments(world.request(Doer::Nurse, request)).await.unwrap().into_inner()
}

async fn a_transfusion_is_recorded_once_corrected_and_withdrawn(world: World) {
    world.civil.set(at("2026-03-05T12:00:00Z"));
    let moment = "2026-03-05T08:00:00Z";
    let first = transfuse(&world, transfusion(&world, "P-001", moment)).await.unwrap();
    let twice = transfuse(&world, transfusion(&world, "P-001", moment)).await.unwrap_err();
    assert_eq!(code(&twice), "DOS-0071", "entered by two people, it is one");
    let ahead = transfuse(&world, transfusion(&world, "P-001", "2026-03-05T12:00:01Z")).await.unwrap_err();
    assert_eq!(code(&ahead), "DOS-0006");
    let other =
        pb::RecordTransfusionRequest { event: "relapse".to_owned(), ..transfusion(&world, "P-001", moment) };
    let other = transfuse(&world, other).await.unwrap_err();
    assert_eq!(code(&other), "DOS-0070");
    assert!(other.message().contains("platelet-transfusion, red-cell-transfusion"), "{}", other.message());
    for units in ["0", "-1", "two"] {
        let wrong =
            pb::RecordTransfusionRequest { units: units.to_owned(), ..transfusion(&world, "P-001", moment) };
        assert_eq!(transfuse(&world, wrong).await.unwrap_err().code(), Code::InvalidArgument, "{units}");
    }

    let earlier = "2026-03-05T07:00:00Z";
    let correction =
        pb::RecordTransfusionRequest { replaces: first.clone(), ..transfusion(&world, "P-001", earlier) };
    let silent = pb::RecordTransfusionRequest {
        act: Some(common::Act { request_id: "r-silent".to_owned(), reason: String::new() }),
        ..correction.clone()
    };
    assert_eq!(transfuse(&world, silent).await.unwrap_err().code(), Code::InvalidArgument, "it says why");
    let foreign = pb::RecordTransfusionRequest { subject: "P-002".to_owned(), ..correction.clone() };
    assert_eq!(
        transfuse(&world, foreign).await.unwrap_err().code(),
        Code::NotFound,
        "another subject's record"
    );
    let corrected =
        transfuse(&world, pb::RecordTransfusionRequest { act: world.act(), ..correction }).await.unwrap();
    let withdrawal = |replaces: &str| pb::RecordTransfusionRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        replaces: replaces.to_owned(),
        withdraw: true,
        ..pb::RecordTransfusionRequest::default()
    };
    assert_eq!(code(&transfuse(&world, withdrawal(&first)).await.unwrap_err()), "DOS-0072");
    let withdrawn = transfuse(&world, withdrawal(&corrected)).await.unwrap();
    assert_eq!(transfuse(&world, withdrawal("")).await.unwrap_err().code(), Code::InvalidArgument);

    let shown = listed(&world, "P-001").await.transfusions;
    let standing: Vec<_> =
        shown.iter().map(|one| (one.standing.as_str(), one.replaced_by.as_str())).collect();
    assert_eq!(standing, [("corrected", corrected.as_str()), ("withdrawn", withdrawn.as_str())]);
    let told = world.messages::<pb::TransfusionGiven>("TransfusionGiven").await;
    let told: Vec<_> = told
        .iter()
        .map(|one| (one.transfusion.as_str(), one.replaces.as_str(), one.withdrawn, one.at))
        .collect();
    let expected = [
        (first.as_str(), "", false, time(at(moment))),
        (corrected.as_str(), first.as_str(), false, time(at(earlier))),
        (withdrawn.as_str(), corrected.as_str(), true, time(at(earlier))),
    ];
    assert_eq!(told, expected);
    transfuse(&world, transfusion(&world, "P-001", moment)).await.expect("the time is free again");
}

async fn a_transfusion_before_the_allocation_is_taken_down(world: World) {
    world.screened("P-003", "cq2").await;
    world.hear().await;
    transfuse(&world, transfusion(&world, "P-003", "2026-02-27T08:00:00Z")).await.unwrap();
    assert_eq!(listed(&world, "P-003").await.transfusions.len(), 1);
    let unknown = transfuse(&world, transfusion(&world, "P-999", "2026-02-27T08:00:00Z")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

fn g_csf(world: &World, (from, until): (&str, &str), dose: &str) -> pb::RecordConcomitantRequest {
    pb::RecordConcomitantRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        regimen: "g-csf".to_owned(),
        dose: dose.to_owned(),
        unit: "ug/kg/day".to_owned(),
        from: from.to_owned(),
        until: until.to_owned(),
        ..pb::RecordConcomitantRequest::default()
    }
}

async fn give(world: &World, request: pb::RecordConcomitantRequest) -> Result<String, Status> {
    Ok(world.rpc.record_concomitant(world.request(Doer::Nurse, request)).await?.into_inner().record)
}

async fn a_background_drug_is_in_the_files_unit_and_range_or_says_why(world: World) {
    world.civil.set(at("2026-03-10T04:00:00Z"));
    let days = ("2026-03-01", "2026-03-03");
    for dose in ["4.9", "10.1"] {
        let refused = give(&world, g_csf(&world, days, dose)).await.unwrap_err();
        assert_eq!((refused.code(), code(&refused).as_str()), (Code::InvalidArgument, "DOS-0074"), "{dose}");
    }
    let said = pb::RecordConcomitantRequest {
        deviation: "sepsis; agreed with hematology".to_owned(),
        ..g_csf(&world, days, "12")
    };
    let outside = give(&world, said).await.unwrap();
    give(&world, g_csf(&world, ("2026-03-04", ""), "10")).await.unwrap();
    for (days, expected) in [
        (("2026-03-03", "2026-03-03"), "DOS-0071"),
        (("2026-03-09", ""), "DOS-0071"),
        (("2026-03-11", ""), "DOS-0006"),
        (("2026-02-20", "2026-02-19"), "DOS-0006"),
        (("2026-02-20", "2026-03-11"), "DOS-0006"),
        (("2026-02-30", ""), "DOS-0001"),
    ] {
        let refused = give(&world, g_csf(&world, days, "5")).await.unwrap_err();
        assert_eq!(code(&refused), expected, "{days:?}");
    }
    let free = ("2026-02-20", "2026-02-21");
    for unit in ["ug", "mg/kg/day", ""] {
        let other = pb::RecordConcomitantRequest { unit: unit.to_owned(), ..g_csf(&world, free, "5") };
        assert_eq!(code(&give(&world, other).await.unwrap_err()), "DOS-0073", "{unit}");
    }
    for regimen in ["msc", "transfusion", "tpo-ra", "aspirin"] {
        let other = pb::RecordConcomitantRequest { regimen: regimen.to_owned(), ..g_csf(&world, free, "5") };
        assert_eq!(code(&give(&world, other).await.unwrap_err()), "DOS-0070", "{regimen}");
    }
    let tpo = pb::RecordConcomitantRequest {
        regimen: "tpo".to_owned(),
        unit: "U/kg/day".to_owned(),
        ..g_csf(&world, free, "300")
    };
    give(&world, tpo).await.unwrap();
    // The range is right after all: the record is corrected, and its days are free for the correction itself.
    let corrected = pb::RecordConcomitantRequest { replaces: outside.clone(), ..g_csf(&world, days, "10") };
    let corrected = give(&world, corrected).await.unwrap();
    let told = world.messages::<pb::ConcomitantGiven>("ConcomitantGiven").await;
    assert_eq!((told.len(), told[0].deviation.as_str()), (4, "sepsis; agreed with hematology"));
    assert_eq!((told[3].record.as_str(), told[3].replaces.as_str()), (corrected.as_str(), outside.as_str()));
    let shown = listed(&world, "P-001").await.concomitants;
    let standing: Vec<_> = shown.iter().map(|one| one.standing.as_str()).collect();
    assert_eq!(standing, ["corrected", "stands", "stands", "stands"]);
}

async fn a_repeated_request_hears_its_record(world: World) {
    let request = transfusion(&world, "P-001", "2026-02-27T08:00:00Z");
    let first = transfuse(&world, request.clone()).await.unwrap();
    assert_eq!(transfuse(&world, request.clone()).await.unwrap(), first);
    let other = pb::RecordTransfusionRequest { units: "3".to_owned(), ..request };
    assert_eq!(transfuse(&world, other).await.unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(world.told_of("TransfusionGiven").await, 1);
}

async fn set(world: &World, change: &str, level: u32, day: &str) -> Result<String, Status> {
    set_as(world, Doer::Investigator, change, level, day).await
}

async fn set_as(world: &World, doer: Doer, change: &str, level: u32, day: &str) -> Result<String, Status> {
    let request = pb::SetDrugLevelRequest {
        act: world.act(),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        regimen: "tpo-ra".to_owned(),
        change: change.to_owned(),
        level,
        date: day.to_owned(),
    };
    Ok(world.rpc.set_drug_level(world.request(doer, request)).await?.into_inner().level_text)
}

async fn advice(world: &World) -> (String, u32) {
    let request = pb::AdviseDrugLevelRequest {
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        regimen: "tpo-ra".to_owned(),
    };
    let advice = world.rpc.advise_drug_level(world.request(Doer::Nurse, request)).await.unwrap().into_inner();
    assert!(!advice.reason.is_empty());
    (advice.advice, advice.level)
}

async fn a_step_up_is_proposed_by_counts_and_refused_from_fifty_on(world: World) {
    assert_eq!(advice(&world).await, ("no change".to_owned(), 0), "not started");
    assert_eq!(set(&world, "started", 4, "2026-03-01").await.unwrap(), "20 mg 1 per day");
    world.civil.set(at("2026-03-16T06:00:00Z"));
    world.platelets(("r-1", 1), "2026-03-02", Some("30")).await;
    world.platelets(("r-2", 1), "2026-03-09", Some("40")).await;
    assert_eq!(advice(&world).await, ("no change".to_owned(), 0), "one week");
    assert_eq!(code(&set(&world, "up", 5, "2026-03-16").await.unwrap_err()), "DOS-0082");
    // Two weeks, the last at 50 exactly: no step up, whoever asks for it.
    world.platelets(("r-3", 1), "2026-03-16", Some("50")).await;
    assert_eq!(advice(&world).await, ("no change".to_owned(), 0));
    assert_eq!(code(&set(&world, "up", 5, "2026-03-16").await.unwrap_err()), "DOS-0082");
    // The laboratory corrects it.
    world.platelets(("r-3", 2), "2026-03-16", Some("49")).await;
    assert_eq!(advice(&world).await, ("up".to_owned(), 5));
    assert_eq!(code(&set(&world, "up", 6, "2026-03-16").await.unwrap_err()), "DOS-0082", "one level");
    assert_eq!(code(&set(&world, "up", 7, "2026-03-16").await.unwrap_err()), "DOS-0081", "there is none");
    let text = set(&world, "up", 5, "2026-03-16").await.unwrap();
    assert_eq!(text, "40 mg 3 per week + 20 mg 4 per week");
    let told = world.messages::<pb::DrugLevelSet>("DrugLevelSet").await;
    let told: Vec<_> = told.iter().map(|set| (set.change.as_str(), set.level, set.date.as_str())).collect();
    assert_eq!(told, [("started", 4, "2026-03-01"), ("up", 5, "2026-03-16")]);
    assert_eq!(world.told_of("ActRefused").await, 4, "refused steps are journaled");
    let drug = listed(&world, "P-001").await.drugs.remove(0);
    assert_eq!((drug.standing.as_str(), drug.level, drug.since.as_str()), ("taken", 5, "2026-03-16"));
    assert!(drug.changes[1].advice.contains("platelets < 50 e9/L"), "{}", drug.changes[1].advice);
    // High counts step down at once after the two weeks, and stop at any time.
    world.civil.set(at("2026-03-20T06:00:00Z"));
    world.platelets(("r-4", 1), "2026-03-20", Some("300")).await;
    assert_eq!(advice(&world).await, ("no change".to_owned(), 0), "changed less than two weeks ago");
    world.platelets(("r-5", 1), "2026-03-20", Some("401")).await;
    assert_eq!(
        advice(&world).await.0,
        "no change",
        "the two of one day differ; the worst for the line stands"
    );
}

async fn a_drug_is_stopped_by_anybody_and_resumed_by_the_ladder(world: World) {
    set(&world, "started", 4, "2026-03-01").await.unwrap();
    world.civil.set(at("2026-03-05T06:00:00Z"));
    world.platelets(("r-1", 1), "2026-03-05", Some("450")).await;
    assert_eq!(advice(&world).await, ("stop".to_owned(), 0));
    assert_eq!(set(&world, "stopped", 0, "2026-03-05").await.unwrap(), "");
    assert_eq!(
        set(&world, "down", 3, "2026-03-05").await.map_err(|no| code(&no)),
        Err("DOS-0080".to_owned())
    );
    world.civil.set(at("2026-03-08T06:00:00Z"));
    world.platelets(("r-2", 1), "2026-03-08", Some("150")).await;
    assert_eq!(code(&set(&world, "resumed", 3, "2026-03-08").await.unwrap_err()), "DOS-0082");
    world.civil.set(at("2026-03-09T06:00:00Z"));
    world.platelets(("r-3", 1), "2026-03-09", Some("149")).await;
    assert_eq!(advice(&world).await, ("resume".to_owned(), 3));
    assert_eq!(set(&world, "resumed", 3, "2026-03-09").await.unwrap(), "20 mg 3 per week");
    assert_eq!(
        code(&set(&world, "down", 2, "2026-03-08").await.unwrap_err()),
        "DOS-0006",
        "before the last change"
    );
    set(&world, "down", 2, "2026-03-09").await.unwrap();
    set(&world, "ended", 0, "2026-03-09").await.unwrap();
    assert_eq!(code(&set(&world, "started", 4, "2026-03-09").await.unwrap_err()), "DOS-0080", "for good");
    for (change, level) in [("up", 0), ("stopped", 2), ("doubled", 3)] {
        let wrong = set(&world, change, level, "2026-03-09").await.unwrap_err();
        assert_eq!(wrong.code(), Code::InvalidArgument, "{change} {level}");
    }
}

async fn the_newest_word_of_the_laboratory_stands_in_any_order(world: World) {
    set(&world, "started", 4, "2026-03-01").await.unwrap();
    world.civil.set(at("2026-03-05T06:00:00Z"));
    world.platelets(("r-1", 3), "2026-03-05", Some("450")).await;
    world.platelets(("r-1", 2), "2026-03-05", Some("100")).await;
    world.platelets(("r-1", 1), "2026-03-05", None).await;
    assert_eq!(advice(&world).await.0, "stop", "version 3 stands");
    world.platelets(("r-1", 4), "2026-03-05", None).await;
    assert_eq!(advice(&world).await.0, "no change", "withdrawn: it was another patient's");
}

async fn a_weight_of_an_examination_is_the_baseline(world: World) {
    world.screened("P-003", "cq2").await;
    world.examined("P-003", ("a-1", ""), Some("160")).await;
    world.examined("P-003", ("a-2", "a-1"), Some("60")).await;
    world.civil.advance(Duration::from_secs(60));
    world.allocated("P-003", "cq2").await;
    world.hear().await;
    let planned = world.plan_from("P-003", at("2026-03-02T00:00:00Z")).await.unwrap();
    world.civil.set(at("2026-03-02T00:00:00Z"));
    let weighed = world.weigh("P-003", "61", "kg").await.unwrap();
    assert!(!weighed.needs_second_person, "{}", weighed.change_percent);
    let dose = world.authorize(&planned[0].infusion, "L1", "60000000").await.unwrap();
    assert_eq!((dose.reckoned.as_str(), dose.weight_used.as_str()), ("60000000", "baseline"));
    // Withdrawn, there is no baseline: nothing is reckoned.
    world.examined("P-003", ("a-3", "a-2"), None).await;
    assert_eq!(code(&world.authorize(&planned[0].infusion, "L1", "60000000").await.unwrap_err()), "DOS-0030");
}

async fn who_may_set_a_drug(world: World) {
    let stranger = set_as(&world, Doer::Stranger, "started", 4, "2026-03-01").await.unwrap_err();
    assert_eq!(stranger.code(), Code::PermissionDenied);
    let nurse = set_as(&world, Doer::Nurse, "started", 4, "2026-03-01").await.unwrap_err();
    assert_eq!(nurse.code(), Code::PermissionDenied, "a nurse records, a physician sets");
    let request = transfusion(&world, "P-001", "2026-02-27T08:00:00Z");
    let refused = world.rpc.record_transfusion(world.request(Doer::Stranger, request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
