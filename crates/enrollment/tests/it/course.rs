//! What labs, followup and dosing tell, and what enrollment makes of it: the baseline set, poor graft function and its
//! ground, events found in the data, and eligibility with the newest facts.

use holdpoint_api::common::v1::Value;
use holdpoint_api::{dosing::v1 as dosing, enrollment::v1 as pb, followup::v1 as followup, labs::v1 as labs};
use holdpoint_enrollment::domain::heard::HeardFact;
use jiff::Timestamp;

use crate::house::{House, TRIAL, beside_all_peers};
use crate::person::{Person, code, number, word, yes};

beside_all_peers!(
    the_baseline_set_is_complete_before_anybody_is_allocated,
    labs_and_followup_show_what_is_signed_and_a_correction_takes_its_ground,
    story_2_an_earlier_eligible_does_not_carry_over,
    rejection_is_found_corrected_and_withdrawn_once_each,
    a_drug_that_was_stopped_and_resumed_is_told_as_milestones,
    what_the_file_does_not_ask_is_not_kept,
    a_subject_that_enrollment_lost_waits_for_people,
);

fn moment(at: &str) -> Option<prost_types::Timestamp> {
    let at: Timestamp = at.parse().unwrap();
    Some(prost_types::Timestamp { seconds: at.as_second(), nanos: 0 })
}

const FIRST: &str = "2026-03-01T09:00:00+08:00";
const LATER: &str = "2026-03-01T18:00:00+08:00";

const BASELINE: [&str; 10] = [
    "physical-exam",
    "vital-signs",
    "cardiac-function",
    "cbc",
    "liver-kidney",
    "marrow",
    "mrd",
    "lymphocytes",
    "imaging",
    "chimerism",
];

fn done(subject: &str, record: &str, activity: &str) -> followup::ActivityDone {
    followup::ActivityDone {
        trial: TRIAL.into(),
        subject: subject.into(),
        activity_record: format!("{subject}-{record}"),
        activity: activity.into(),
        date: "2026-03-01".into(),
        ..Default::default()
    }
}

fn fact(fact: &str, value: Value, at: &str) -> followup::ActivityFact {
    followup::ActivityFact { fact: fact.into(), value: Some(value), taken_at: moment(at) }
}

async fn followup_tells(house: &House, said: &followup::ActivityDone) {
    house.tells("followup", "holdpoint.followup.v1.ActivityDone", said).await;
}

async fn baseline(house: &House, subject: &str) {
    for activity in BASELINE {
        followup_tells(house, &done(subject, activity, activity)).await;
    }
}

fn missing(refused: &tonic::Status) -> Vec<String> {
    let detail = holdpoint_chassis::error::detail_of(refused).unwrap();
    assert_eq!(detail.code, "ENR-0026");
    detail.fields.into_iter().map(|field| field.field).collect()
}

async fn the_baseline_set_is_complete_before_anybody_is_allocated(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let nothing_done = missing(&gao.randomize("P-001", 1).await.unwrap_err());
    assert_eq!(nothing_done, BASELINE.map(|activity| format!("baseline.{activity}")));
    assert!(gao.assess("P-001", "enrollment").await.unwrap().eligible, "it is asked at the allocation");
    for activity in &BASELINE[..9] {
        followup_tells(&house, &done("P-001", activity, activity)).await;
    }
    let early = followup::ActivityDone { date: "2026-02-28".into(), ..done("P-001", "early", "chimerism") };
    followup_tells(&house, &early).await;
    let before_screening = missing(&gao.randomize("P-001", 1).await.unwrap_err());
    assert_eq!(before_screening, ["baseline.chimerism"], "of before the screening it is none of the set");
    followup_tells(&house, &done("P-001", "chimerism", "chimerism")).await;
    let taken_back = followup::ActivityDone {
        replaces: "P-001-imaging".into(),
        withdrawn: true,
        ..done("P-001", "void", "imaging")
    };
    followup_tells(&house, &taken_back).await;
    assert_eq!(missing(&gao.randomize("P-001", 1).await.unwrap_err()), ["baseline.imaging"]);
    assert!(house.safety.asked().is_empty());
    followup_tells(&house, &done("P-001", "again", "imaging")).await;
    gao.allocate("P-001").await.unwrap();
}

/// Everything of the whole trial but poor graft function.
async fn waits_for_pgf(house: &House, gao: &Person, subject: &str) {
    gao.screen(subject).await.unwrap();
    gao.consent(subject, "2026-03-01").await.unwrap();
    gao.milestone(subject, "transplant", "2026-01-20").await.unwrap();
    let facts = [
        ("transplanted", yes(true)),
        ("expected-survival", number("12", "months")),
        ("in-other-trial", yes(false)),
        ("relapsed", yes(false)),
    ];
    for (fact, value) in facts {
        gao.fact(subject, fact, value).await.unwrap();
    }
    for criterion in ["include.organs", "include.no-contraindication"] {
        gao.attest(subject, criterion, true).await.unwrap();
    }
    for criterion in [
        "organs",
        "malignancy",
        "psychiatric",
        "follow-up",
        "allergy",
        "infection",
        "unsuitable",
        "graft-failure",
    ] {
        gao.attest(subject, &format!("exclude.{criterion}"), false).await.unwrap();
    }
    baseline(house, subject).await;
}

/// The findings that poor graft function is judged by, as labs and followup tell them.
async fn findings(house: &House, subject: &str) {
    let cytopenia = labs::EventDerived {
        trial: TRIAL.into(),
        subject: subject.into(),
        event: "cytopenia".into(),
        date: "2026-02-26".into(),
        known: "2026-02-28".into(),
        ..Default::default()
    };
    house.tells("labs", "holdpoint.labs.v1.EventDerived", &cytopenia).await;
    let visit = followup::ActivityDone {
        facts: vec![
            fact("kps", number("80", ""), FIRST),
            fact("donor-chimerism", number("98.5", "%"), FIRST),
            fact("marrow-cellularity", word("hypocellular"), FIRST),
            fact("acute-gvhd-grade", word("I"), FIRST),
        ],
        ..done(subject, "visit", "physical-exam")
    };
    followup_tells(house, &visit).await;
}

fn chimerism(subject: &str, record: &str, replaces: &str, percent: &str) -> followup::ActivityDone {
    followup::ActivityDone {
        facts: vec![fact("donor-chimerism", number(percent, "%"), FIRST)],
        replaces: replaces.into(),
        ..done(subject, record, "chimerism")
    }
}

fn flag(kind: &str) -> (String, String) {
    (kind.to_owned(), "P-001".to_owned())
}

async fn labs_and_followup_show_what_is_signed_and_a_correction_takes_its_ground(house: House) {
    let gao = house.whole_trial().await;
    waits_for_pgf(&house, &gao, "P-001").await;
    let refused = gao.confirm_event("P-001", "pgf").await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert_eq!(detail.code, "ENR-0028");
    for named in ["event cytopenia", "donor-chimerism", "marrow-cellularity", "acute-gvhd-grade"] {
        assert!(detail.fields[0].allowed.contains(named), "{named} in {}", detail.fields[0].allowed);
    }
    findings(&house, "P-001").await;
    assert_eq!(gao.flags().await, [flag("event-shown")], "people are told that it waits for a signature");
    gao.confirm_event("P-001", "pgf").await.unwrap();
    assert!(gao.flags().await.is_empty());
    assert!(gao.assess("P-001", "randomization").await.unwrap().eligible);

    // The laboratory mixed up the samples: what showed it is corrected after the signature.
    followup_tells(&house, &chimerism("P-001", "c-1", "P-001-visit", "60")).await;
    assert_eq!(gao.flags().await, [flag("ground-lost")]);
    let signed = gao.subject("P-001").await.milestones.into_iter().find(|each| each.event == "pgf").unwrap();
    assert_eq!(
        (signed.withdrawn, signed.ground_lost),
        (false, true),
        "the signature stays, and is shown as that"
    );
    assert_eq!(signed.confirmed_by_role, "principal-investigator");
    let refused = missing(&gao.randomize("P-001", 1).await.unwrap_err());
    assert!(refused.contains(&"include.pgf".to_owned()), "{refused:?}");
    let raised: Vec<pb::FlagRaised> = house.events_of("FlagRaised").await;
    assert_eq!(raised.last().unwrap().kind, "ground-lost");
    findings_again(&house).await;
    assert!(gao.flags().await.is_empty(), "the correction was itself corrected");
    gao.allocate("P-001").await.unwrap();

    // Labs take the cytopenia away after the allocation: shown, and nobody is unallocated.
    let gone = labs::EventDerived {
        trial: TRIAL.into(),
        subject: "P-001".into(),
        event: "cytopenia".into(),
        date: "2026-02-26".into(),
        withdrawn: true,
        ..Default::default()
    };
    house.tells("labs", "holdpoint.labs.v1.EventDerived", &gone).await;
    assert_eq!(gao.flags().await, [flag("ground-lost")]);
    assert_eq!(gao.subject("P-001").await.state, "randomized");
    let milestones = house.events_of::<pb::MilestoneRecorded>("MilestoneRecorded").await;
    assert!(milestones.iter().all(|each| each.event != "cytopenia"), "what labs tell is not told twice");
}

async fn findings_again(house: &House) {
    let visit = followup::ActivityDone {
        facts: vec![
            fact("kps", number("80", ""), FIRST),
            fact("donor-chimerism", number("98.5", "%"), FIRST),
            fact("marrow-cellularity", word("hypocellular"), FIRST),
            fact("acute-gvhd-grade", word("I"), FIRST),
        ],
        replaces: "P-001-c-1".into(),
        ..done("P-001", "visit-2", "physical-exam")
    };
    followup_tells(house, &visit).await;
    followup_tells(house, &done("P-001", "chimerism-2", "chimerism")).await;
}

async fn story_2_an_earlier_eligible_does_not_carry_over(house: House) {
    let gao = house.whole_trial().await;
    waits_for_pgf(&house, &gao, "P-001").await;
    findings(&house, "P-001").await;
    gao.confirm_event("P-001", "pgf").await.unwrap();
    assert!(gao.assess("P-001", "randomization").await.unwrap().eligible);
    let worse = followup::ActivityDone {
        facts: vec![fact("kps", number("50", ""), LATER)],
        ..done("P-001", "evening", "vital-signs")
    };
    followup_tells(&house, &worse).await;
    assert_eq!(missing(&gao.randomize("P-001", 1).await.unwrap_err()), ["include.performance"]);
    assert!(house.safety.asked().is_empty(), "no permit is asked for who is not eligible any more");
    assert_eq!(gao.list().await.used, 0);
}

async fn rejection_is_found_corrected_and_withdrawn_once_each(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.milestone("P-001", "transplant", "2026-01-20").await.unwrap();
    followup_tells(&house, &chimerism("P-001", "c-1", "", "3")).await;
    followup_tells(&house, &chimerism("P-001", "c-2", "P-001-c-1", "4")).await;
    followup_tells(&house, &chimerism("P-001", "c-3", "P-001-c-2", "97")).await;
    let told: Vec<pb::MilestoneRecorded> = house.events_of("MilestoneRecorded").await;
    let told: Vec<_> = told.iter().filter(|each| each.event == "rejection").collect();
    assert_eq!(told.len(), 2, "found once, withdrawn once: {told:?}");
    assert!(told.iter().all(|each| each.derived && each.date == "2026-03-01"));
    assert_eq!((told[0].withdrawn, told[1].withdrawn), (false, true));
    assert_eq!(told[1].replaces, told[0].milestone);
    let shown = gao.subject("P-001").await.milestones;
    assert!(shown.iter().filter(|each| each.event == "rejection").all(|each| each.withdrawn));
}

async fn a_drug_that_was_stopped_and_resumed_is_told_as_milestones(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    for (change, date) in [("started", "2026-02-01"), ("stopped", "2026-02-20"), ("resumed", "2026-03-01")] {
        let set = dosing::DrugLevelSet {
            trial: TRIAL.into(),
            subject: "P-001".into(),
            regimen: "tpo-ra".into(),
            level: 1,
            change: change.into(),
            date: date.into(),
        };
        house.tells("dosing", "holdpoint.dosing.v1.DrugLevelSet", &set).await;
    }
    let told: Vec<pb::MilestoneRecorded> = house.events_of("MilestoneRecorded").await;
    let told: Vec<_> = told.iter().map(|each| (each.event.as_str(), each.date.as_str())).collect();
    assert_eq!(told, [("tpo-ra-stopped", "2026-02-20"), ("tpo-ra-resumed", "2026-03-01")]);
}

async fn what_the_file_does_not_ask_is_not_kept(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let result = |fact: &str, value: Value| labs::Result {
        result: format!("r-{fact}"),
        version: 1,
        subject: "P-001".into(),
        fact: fact.into(),
        value: Some(value),
        taken_at: moment(FIRST),
        void: false,
        unquantified: false,
    };
    let results = vec![
        result("platelets", number("12", "e9/L")),
        result("creatinine", number("0.9", "mg/dL")),
        result("donor-chimerism", number("99", "%")),
    ];
    let recorded = labs::ResultsRecorded { trial: TRIAL.into(), results };
    house.tells("labs", "holdpoint.labs.v1.ResultsRecorded", &recorded).await;
    let kept = house.store.find::<HeardFact>(&[("subject", "pgf-msc/P-001")]).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|fact| fact.fact.to_string()).collect();
    assert_eq!(kept, ["donor-chimerism"], "counts are labs' own");
    let void = labs::Result { version: 2, void: true, value: None, ..result("donor-chimerism", yes(true)) };
    let recorded = labs::ResultsRecorded { trial: TRIAL.into(), results: vec![void] };
    house.tells("labs", "holdpoint.labs.v1.ResultsRecorded", &recorded).await;
    let kept = house.store.find::<HeardFact>(&[("subject", "pgf-msc/P-001")]).await.unwrap();
    assert_eq!((kept.len(), kept[0].reading.is_none()), (1, true));
}

async fn a_subject_that_enrollment_lost_waits_for_people(house: House) {
    let gao = house.small_trial().await;
    let lost = done("P-404", "visit", "physical-exam");
    let mut tx = house.begin_told("followup").await;
    tx.append(House::entry("holdpoint.followup.v1.ActivityDone", &lost));
    tx.commit().await.unwrap();
    let chain = holdpoint_journal::Chain::trial(TRIAL);
    let parked = || async { house.store.parked("followup", &chain).await.unwrap().is_some() };
    house.until("the row is parked", parked).await;
    gao.ready("P-001").await;
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0026", "its baseline can not be seen to be done");
}
