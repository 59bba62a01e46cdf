//! The bedside judged before safety is asked: one thing wrong at a time, each refused by its own name.

use std::collections::BTreeMap;

use super::*;
use crate::domain::dose::{Dose, WeightUsed};
use crate::domain::infusion::{Order, Weighed};
use crate::domain::lot::{Drawn, LotState, Release};
use crate::domain::plan::{Key, PlannedInfusion, Window};
use crate::domain::subject::{Allocation, Milestone, OffTreatment};
use crate::domain::trial_files::trial;
use crate::domain::weight::SecondPerson;
use rust_decimal::Decimal;

const DAY: i64 = 86_400;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + day * DAY).unwrap()
}

fn planned(number: u32) -> PlannedInfusion {
    let key = Key {
        id: format!("i-{number}").as_str().into(),
        trial: "t".into(),
        subject: "P-001".into(),
        regimen: "msc".into(),
        cohort: None,
        number,
    };
    let due = 7 * i64::from(number - 1);
    PlannedInfusion::new(key, Window { due: at(due), earliest: at(due - 1), latest: Some(at(due + 1)) })
}

fn release() -> Release {
    Release { certificate: "C".into(), by: "ph".into(), at: at(0), protocol: "d".into() }
}

fn authorized(number: u32) -> Infusion {
    let dose = Dose {
        reckoned: Some(Decimal::from(60)),
        lowest: 54.into(),
        highest: 66.into(),
        unit: "cells".into(),
        weight_kilograms: Some(60.into()),
        weight_measured_at: Some(at(0)),
        weight_used: WeightUsed::Baseline,
        reasons: vec![],
    };
    planned(number).authorize(Order {
        lot: "L1".into(),
        release: release(),
        cells: 60.into(),
        dose,
        weight: Some(Weighed { id: "w".into(), kilograms: 60.into(), measured_at: at(0) }),
        by: "ph".into(),
        at: at(0),
    })
}

fn given(number: u32) -> Treatment {
    let day = at(7 * i64::from(number - 1));
    let permit = format!("p-{number}").as_str().into();
    let started = authorized(number).claim(permit, crate::domain::ids::Attempt(1), day).unwrap();
    Treatment::planned(planned(number)).with(started.confirm(day, day).unwrap())
}

fn waiting(number: u32) -> Treatment {
    Treatment::planned(planned(number)).with(authorized(number))
}

/// Everything right for infusion 2 on its day.
struct Right {
    infusion: Infusion,
    all: Vec<Treatment>,
    subject: Subject,
    lot: Lot,
    weight: Option<Weight>,
    check: BedsideCheck,
    now: Timestamp,
}

fn right(number: u32) -> Right {
    let infusion = authorized(number);
    let mut subject = Subject::unknown("t".into(), "P-001".into());
    subject.allocation = Some(Allocation { arm: "msc".into(), cohort: None, at: at(-1) });
    let lot = Lot {
        id: "L1".into(),
        product: "uc-msc".into(),
        facts: BTreeMap::new(),
        cells: 600.into(),
        unit: "cells".into(),
        expires: at(100),
        recipient: None,
        state: LotState::Released(BTreeMap::from([("t".into(), release())])),
        drawn: BTreeMap::from([(infusion.key.id.clone(), Drawn { prepared: 60.into(), given: None })]),
    };
    let weight = Weight {
        id: "w".into(),
        trial: "t".into(),
        subject: "P-001".into(),
        kilograms: 60.into(),
        measured_at: infusion.window.due,
        by: "nurse".into(),
        previous_kilograms: None,
        change_percent: None,
        second: SecondPerson::NotNeeded,
    };
    let mut all: Vec<Treatment> = (1..number).map(given).collect();
    all.push(waiting(number));
    Right {
        now: infusion.window.due,
        infusion,
        all,
        subject,
        lot,
        weight: Some(weight),
        check: BedsideCheck { subject: "P-001".into(), lot: "L1".into(), checked_with: "nurse-2".into() },
    }
}

fn judge(of: &Right) -> Result<(), Refusal> {
    let (protocol, allocated) = (trial("pgf-msc"), right(1).subject);
    Bedside {
        infusion: &of.infusion,
        all: &of.all,
        subject: &of.subject,
        lot: &of.lot,
        weight: of.weight.as_ref(),
        check: &of.check,
        asks: "nurse-1",
        prescription: &Prescription::of(&protocol, &allocated, None).unwrap(),
        now: of.now,
        zone: &TimeZone::UTC,
    }
    .judge()
}

fn with(change: impl FnOnce(&mut Right)) -> Refusal {
    let mut one = right(2);
    change(&mut one);
    judge(&one).unwrap_err()
}

#[test]
fn what_is_right_starts() {
    for number in 1..=4 {
        assert_eq!(judge(&right(number)), Ok(()), "{number}");
    }
}

#[test]
fn a_fifth_is_refused_whatever_its_number() {
    assert_eq!(judge(&right(5)), Err(Refusal::BeyondTheLast { times: 4, given: 4 }));
    // A fourth by number, after four were counted: one was recorded late.
    let mut fourth = right(4);
    let mut extra = given(3);
    if let crate::domain::treatment::Stage::Actual(infusion) = &mut extra.stage {
        infusion.key.id = "i-extra".into();
    }
    fourth.all.push(extra);
    assert_eq!(judge(&fourth), Err(Refusal::BeyondTheLast { times: 4, given: 4 }));
}

#[test]
fn who_returns_for_another_cohort_is_counted_anew() {
    let other = |mut treatment: Treatment| {
        if let crate::domain::treatment::Stage::Actual(infusion) = &mut treatment.stage {
            infusion.key.cohort = Some("C".to_owned());
        }
        treatment
    };
    let mut first = right(1);
    first.all.extend((2..=4).map(|number| other(given(number))));
    assert_eq!(judge(&first), Ok(()), "the doses of the earlier cohort are not this one's");
    let first_of = |all: &[Treatment]| crate::domain::treatment::activity(all, &"i-1".into());
    assert_eq!(first_of(&first.all), crate::domain::hold::Activity::FirstDose);
    first.all.push(given(2));
    assert_eq!(first_of(&first.all), crate::domain::hold::Activity::Dosing);
}

#[test]
fn doses_are_given_in_their_order() {
    let refusal = with(|one| one.all = vec![waiting(1), waiting(2)]);
    assert_eq!(refusal, Refusal::EarlierWaits { number: 1 });
}

#[test]
fn an_unconfirmed_start_counts_as_the_dose_before() {
    let claimed = authorized(1).claim("p".into(), crate::domain::ids::Attempt(1), at(3)).unwrap();
    let unconfirmed = Treatment::planned(planned(1)).with(claimed.unconfirmed(at(4)).unwrap());
    let refusal = with(|one| one.all = vec![unconfirmed, waiting(2)]);
    assert!(matches!(refusal, Refusal::TooClose { .. }), "four days after the permitted start: {refusal:?}");
}

#[test]
fn each_wrong_thing_has_its_name() {
    let off = OffTreatment { rule: "leave-relapse".into(), at: at(1) };
    let death = Milestone { event: "death".into(), date: "2026-06-01".into(), at: None, withdrawn: false };
    assert_eq!(with(|one| one.check.subject = "P-002".into()), Refusal::OtherSubject);
    assert!(matches!(with(|one| one.check.lot = "L2".into()), Refusal::OtherLot { .. }));
    assert_eq!(with(|one| one.check.checked_with = "nurse-1".into()), Refusal::NoSecondChecker);
    assert!(matches!(with(|one| one.subject.off_treatment = Some(off)), Refusal::OffTreatment { .. }));
    assert!(matches!(
        with(|one| drop(one.subject.milestones.insert("m".into(), death))),
        Refusal::OffTreatment { .. }
    ));
    assert!(matches!(with(|one| one.subject.allocation = None), Refusal::NotAllocated { .. }));
    assert_eq!(with(|one| one.weight = None), Refusal::NoWeight);
    let yesterday = with(|one| one.weight.as_mut().unwrap().measured_at = at(6));
    assert!(matches!(yesterday, Refusal::WeightStale { .. }));
    assert!(matches!(
        with(|one| one.weight.as_mut().unwrap().id = "w2".into()),
        Refusal::WeighedSince { .. }
    ));
    let unseen = with(|one| one.weight.as_mut().unwrap().second = SecondPerson::Needed);
    assert!(matches!(unseen, Refusal::WeightUnconfirmed { .. }));
    assert!(matches!(with(|one| one.lot.state = LotState::Received), Refusal::LotNotReleased { .. }));
    assert!(matches!(with(|one| one.lot.expires = one.now), Refusal::LotExpired { .. }));
    assert!(matches!(with(|one| one.lot.drawn.clear()), Refusal::LotTooSmall { .. }));
    assert!(matches!(with(|one| one.now = at(5)), Refusal::TooEarly { .. }));
    assert!(matches!(with(|one| one.now = at(11)), Refusal::TooLate { .. }));
}
