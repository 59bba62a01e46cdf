//! A sound picture, and one thing changed in it at a time: the check that is meant finds it and names whom it is about.

use jiff::Timestamp;

use crate::client::Behind;
use crate::consistency::picture::{
    Adverse, Allocated, Covers, Given, Held, Permitted, Picture, Stocked, Weighed,
};
use crate::consistency::{Report, judge};

fn at(hour: i64) -> Option<Timestamp> {
    Timestamp::from_second(1_780_000_000 + hour * 3_600).ok()
}

fn permitted(subject: &str, infusion: &str) -> Permitted {
    let issued_at = at(if infusion.is_empty() { 0 } else { 24 });
    let (subject, infusion, state) = (subject.into(), infusion.into(), "completed".into());
    Permitted { subject, infusion, state, first_dose: true, issued_at }
}

/// Two subjects, one dose each, one hold that came and went, one serious event.
fn sound() -> Picture {
    let allocated = |subject: &str, permit: &str, place: u32| Allocated {
        subject: subject.into(),
        site: "s".into(),
        arm: "cells".into(),
        permit: permit.into(),
        at: at(0),
        place: (String::new(), place),
        consents: vec![jiff::civil::Date::constant(2026, 1, 5)],
        eligible: true,
        ..Default::default()
    };
    let given = |subject: &str, infusion: &str, permit: &str| Given {
        subject: subject.into(),
        infusion: infusion.into(),
        number: 1,
        permit: permit.into(),
        lot: "L".into(),
        started_at: at(24),
        lot_released_at: at(1),
        by_weight: true,
        weight: format!("w-{subject}"),
        kilograms: "60".into(),
        weight_measured_at: at(23),
    };
    let weighed = |subject: &str| {
        let known = Weighed { subject: subject.into(), kilograms: "60".into(), measured_at: at(23) };
        (format!("w-{subject}"), known)
    };
    Picture {
        trial: "t".into(),
        allocations: vec![allocated("P-1", "a1", 1), allocated("P-2", "a2", 2)],
        infusions: vec![given("P-1", "i1", "d1"), given("P-2", "i2", "d2")],
        permits: [
            ("a1".to_owned(), permitted("P-1", "")),
            ("a2".to_owned(), permitted("P-2", "")),
            ("d1".to_owned(), permitted("P-1", "i1")),
            ("d2".to_owned(), permitted("P-2", "i2")),
        ]
        .into(),
        lots: [("L".to_owned(), released(&["t"]))].into(),
        weights: [weighed("P-1"), weighed("P-2")].into(),
        holds: vec![Held {
            hold: "h".into(),
            stops_allocation: true,
            stops_doses: true,
            placed_at: at(29),
            effective_at: at(30),
            released_at: at(40),
            ..Default::default()
        }],
        adverse_events: vec![Adverse {
            subject: "P-1".into(),
            adverse_event: "e".into(),
            serious: "true".into(),
            verdicts: 3,
            unruled: false,
        }],
        heads: 5,
        ..Default::default()
    }
}

fn released(trials: &[&str]) -> Stocked {
    let released_for = trials.iter().map(|trial| (*trial).to_owned()).collect();
    Stocked { state: "released".into(), released_for, quarantined_at: None }
}

fn quarantined(hour: i64) -> Stocked {
    Stocked { state: "quarantined".into(), released_for: vec![], quarantined_at: at(hour) }
}

fn permit<'a>(picture: &'a mut Picture, id: &str) -> &'a mut Permitted {
    picture.permits.get_mut(id).unwrap()
}

fn changed(change: impl FnOnce(&mut Picture)) -> Report {
    let mut picture = sound();
    change(&mut picture);
    judge(&picture)
}

#[test]
fn a_sound_picture_is_clean_and_every_check_looked_at_something() {
    let report = judge(&sound());
    assert!(report.clean, "{report}");
    assert!(report.checks.iter().all(|line| line.looked_at > 0), "{report}");
}

#[test]
fn each_change_is_found_by_its_check_and_names_the_subject() {
    type Change = fn(&mut Picture);
    let changes: &[(&str, &str, Change)] = &[
        ("consent", "P-2", |p| p.allocations[1].consents.clear()),
        ("consent", "P-1", |p| p.allocations[0].consents = vec![jiff::civil::Date::constant(2027, 1, 1)]),
        ("eligible", "P-2", |p| p.allocations[1].eligible = false),
        ("eligible", "P-1", |p| p.allocations[0].against = vec!["include.age".into()]),
        ("allocation", "P-2", |p| p.allocations[1].permit = "none".into()),
        ("allocation", "P-1", |p| p.allocations[0].permit = "a2".into()),
        ("permit", "P-1", |p| p.infusions[0].permit.clear()),
        ("permit", "P-2", |p| drop(p.permits.insert("d2".into(), permitted("P-1", "i1")))),
        ("once", "P-2", |p| p.allocations[1].place.1 = 1),
        ("allocation", "P-2", |p| permit(p, "a2").infusion = "i2".into()),
        ("randomized", "P-2", |p| p.allocations[1].at = at(25)),
        ("permit", "P-2", |p| permit(p, "d2").state = "void".into()),
        ("lot", "P-1", |p| p.infusions[0].lot = "other".into()),
        ("lot", "P-2", |p| p.infusions[1].lot_released_at = at(25)),
        ("weight", "P-1", |p| p.infusions[0].weight.clear()),
        ("weight", "P-2", |p| drop(p.weights.remove("w-P-2"))),
        ("weight", "P-2", |p| p.infusions[1].weight = "w-P-1".into()),
        ("weight", "P-1", |p| p.weights.get_mut("w-P-1").unwrap().kilograms = "160".into()),
        ("weight", "P-2", |p| {
            p.infusions[1].weight_measured_at = at(25);
            p.weights.get_mut("w-P-2").unwrap().measured_at = at(25);
        }),
        ("hold", "", |p| p.holds[0].unchecked = vec!["labs".into()]),
        ("verdict", "P-1", |p| p.adverse_events[0].verdicts = 0),
        ("verdict", "P-1", |p| p.adverse_events[0].unruled = true),
        ("interval", "P-2", |p| p.infusions[1].started_at = at(35)),
        ("interval", "P-1", |p| {
            p.infusions.retain(|one| one.subject != "P-1");
            p.allocations[0].at = at(35);
        }),
        ("interval", "P-2", |p| permit(p, "d2").issued_at = at(35)),
        ("interval", "P-1", |p| permit(p, "a1").issued_at = at(35)),
        ("cursor", "", |p| {
            p.behind = vec![Behind {
                reader: "labs".into(),
                source: "safety".into(),
                chain: "t".into(),
                at: 3,
                head: 4,
            }]
        }),
        ("cursor", "", |p| p.parked = vec![("labs".into(), "safety".into(), "no such event".into())]),
    ];
    for (check, subject, change) in changes {
        let report = changed(change);
        let found: Vec<_> = report.findings.iter().map(|one| (one.check, one.subject.as_str())).collect();
        assert_eq!(found, [(*check, *subject)], "{report}");
    }
}

#[test]
fn a_subject_that_was_randomized_twice_and_one_that_never_was_are_named() {
    let twice = changed(|picture| {
        let again = Allocated { place: (String::new(), 3), ..picture.allocations[1].clone() };
        picture.allocations.push(again);
    });
    let found: Vec<_> = twice.findings.iter().map(|one| (one.check, one.subject.as_str())).collect();
    assert_eq!(found, [("once", "P-2")], "{twice}");
    let again = changed(|picture| {
        let again = Allocated { cohort: "2".into(), ..picture.allocations[1].clone() };
        picture.allocations.push(again);
    });
    assert!(again.clean, "somebody may be treated again in a further cohort: {again}");
    let never = changed(|picture| drop(picture.allocations.remove(1)));
    let found: Vec<_> = never.findings.iter().map(|one| (one.check, one.subject.as_str())).collect();
    assert_eq!(found, [("randomized", "P-2")], "{never}");
}

#[test]
fn a_lot_may_come_into_quarantine_after_the_infusion_and_not_before() {
    let of = |lot: Stocked| changed(|picture| drop(picture.lots.insert("L".into(), lot)));
    assert!(of(quarantined(25)).clean);
    for lot in
        [quarantined(23), released(&["another"]), Stocked { state: "received".into(), ..released(&[]) }]
    {
        let report = of(lot);
        let found: Vec<_> = report.findings.iter().map(|one| (one.check, one.subject.as_str())).collect();
        assert_eq!(found, [("lot", "P-1"), ("lot", "P-2")], "{report}");
    }
}

#[test]
fn a_hold_on_first_doses_lets_a_later_one_start() {
    let first_doses = |first: bool| {
        changed(|picture| {
            picture.holds[0].stops_doses = false;
            picture.holds[0].stops_first_doses = true;
            picture.infusions[1].started_at = at(35);
            permit(picture, "d2").first_dose = first;
        })
    };
    assert!(first_doses(false).clean);
    assert_eq!(first_doses(true).findings.len(), 1);
}

#[test]
fn a_subject_whose_arm_is_not_known_counts_as_covered() {
    let of = |arm: &'static str| {
        changed(|picture| {
            picture.infusions[1].started_at = at(35);
            picture.holds[0].covers = Covers::Arm(arm.into());
        })
    };
    assert_eq!(of("cells").findings.len(), 1);
    assert!(of("saline").clean);
    let unknown = changed(|picture| {
        picture.allocations.remove(1);
        picture.infusions[1].started_at = at(35);
        picture.holds[0].covers = Covers::Arm("saline".into());
    });
    assert!(unknown.findings.iter().any(|one| one.check == "interval"), "{unknown}");
}

#[test]
fn what_was_in_flight_may_be_confirmed_under_the_hold() {
    let report = changed(|picture| {
        picture.infusions[1].started_at = at(35);
        picture.holds[0].in_flight = vec!["i2".into()];
    });
    assert!(report.clean, "{report}");
}

#[test]
fn a_hold_of_one_subject_stops_no_other() {
    let report = changed(|picture| {
        picture.infusions[1].started_at = at(35);
        picture.holds[0].covers = Covers::Subject("P-1".into());
    });
    assert!(report.clean, "{report}");
}
