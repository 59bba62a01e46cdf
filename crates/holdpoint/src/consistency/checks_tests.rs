//! A sound picture, and one thing changed in it at a time: the check that is meant finds it and names whom it is about.

use super::super::{Report, judge};
use super::*;
use crate::client::Behind;
use crate::consistency::picture::{Adverse, Permitted};

fn at(hour: i64) -> Option<Timestamp> {
    Timestamp::from_second(1_780_000_000 + hour * 3_600).ok()
}

fn permitted(subject: &str, infusion: &str) -> Option<Permitted> {
    Some(Permitted { subject: subject.into(), infusion: infusion.into(), state: "completed".into() })
}

/// Two subjects, one dose each, one hold that came and went, one serious event.
fn sound() -> Picture {
    let allocated = |subject: &str, permit: &str| Allocated {
        subject: subject.into(),
        site: "s".into(),
        arm: "cells".into(),
        permit: permit.into(),
        at: at(0),
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
        weight: "w".into(),
        weight_measured_at: at(23),
    };
    Picture {
        trial: "t".into(),
        allocations: vec![allocated("P-1", "a1"), allocated("P-2", "a2")],
        infusions: vec![given("P-1", "i1", "d1"), given("P-2", "i2", "d2")],
        permits: [
            ("a1".to_owned(), permitted("P-1", "")),
            ("a2".to_owned(), permitted("P-2", "")),
            ("d1".to_owned(), permitted("P-1", "i1")),
            ("d2".to_owned(), permitted("P-2", "i2")),
        ]
        .into(),
        lots: [("L".to_owned(), vec!["t".to_owned()])].into(),
        holds: vec![Held {
            hold: "h".into(),
            stops_allocation: true,
            stops_doses: true,
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
        ("permit", "P-2", |p| p.permits.get_mut("d2").unwrap().as_mut().unwrap().state = "void".into()),
        ("lot", "P-1", |p| p.infusions[0].lot = "other".into()),
        ("lot", "P-2", |p| p.infusions[1].lot_released_at = at(25)),
        ("weight", "P-1", |p| p.infusions[0].weight.clear()),
        ("weight", "P-2", |p| p.infusions[1].weight_measured_at = at(25)),
        ("hold", "", |p| p.holds[0].unchecked = vec!["labs".into()]),
        ("verdict", "P-1", |p| p.adverse_events[0].verdicts = 0),
        ("verdict", "P-1", |p| p.adverse_events[0].unruled = true),
        ("interval", "P-2", |p| p.infusions[1].started_at = at(35)),
        ("interval", "P-1", |p| p.allocations[0].at = at(35)),
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
