//! Every trial file can be planned: arm by arm and cohort by cohort, the plan of a subject against numbers written by hand
//! from the file.

use super::*;
use crate::domain::subject::Allocation;
use crate::domain::trial_files::{TRIALS, trial};

/// What the file says of one arm and cohort, with the days from the first dose on which each is due.
struct Expected {
    trial: &'static str,
    arm: &'static str,
    cohort: Option<&'static str>,
    /// Dates due when the first is agreed on for 2 September 2025 at 10:00 in Warsaw.
    due: &'static [&'static str],
    /// From and until when the first is on time; no end where the file sets none.
    first: (&'static str, Option<&'static str>),
    /// From and until when the second is on time.
    second: Option<(&'static str, &'static str)>,
    /// The dose for 60 kg.
    dose: Says,
    /// What is given.
    product: &'static str,
}

/// What a file says of a dose.
#[derive(Clone, Copy)]
enum Says {
    /// Amount, lowest, highest, unit.
    Amount(&'static str, &'static str, &'static str, &'static str),
    /// The whole product.
    Whole,
    /// A prescriber gives it.
    Entered,
}

const ONCE: &[&str] = &["2025-09-02T10:00"];
/// Allocated on 1 September at 09:00, and no file but the first limits the first dose.
const OPEN: (&str, Option<&str>) = ("2025-09-01T09:00", None);
/// Six months of run-in from the registration on 2 March, and a month to give it.
const AFTER_RUN_IN: (&str, Option<&str>) = ("2025-09-02T00:00", Some("2025-10-02T23:59:59.999999"));

const fn cells(amount: &'static str) -> Says {
    Says::Amount(amount, amount, amount, "cells")
}

const fn one(
    trial: &'static str,
    arm: &'static str,
    cohort: Option<&'static str>,
    dose: Says,
    product: &'static str,
) -> Expected {
    Expected { trial, arm, cohort, due: ONCE, first: OPEN, second: None, dose, product }
}

fn expected() -> Vec<Expected> {
    let monthly = |cohort, dose| Expected {
        due: &["2025-09-02T10:00", "2025-10-02T10:00"],
        second: Some(("2025-09-29T10:00", "2025-10-05T10:00")),
        ..one("nct01609283", "cells", cohort, dose, "adipose-msc")
    };
    vec![
        Expected {
            due: &["2025-09-02T10:00", "2025-09-09T10:00", "2025-09-16T10:00", "2025-09-23T10:00"],
            first: ("2025-09-01T09:00", Some("2025-09-08T09:00")),
            second: Some(("2025-09-08T10:00", "2025-09-10T10:00")),
            ..one("pgf-msc", "msc", None, Says::Amount("60000000", "54000000", "66000000", "cells"), "uc-msc")
        },
        one("nct01254539", "intraspinal", None, Says::Whole, "marrow-mnc"),
        one("nct01254539", "intrathecal", None, Says::Amount("2", "2", "2", "ml"), "marrow-mnc"),
        one("nct01254539", "placebo", None, Says::Amount("2", "2", "2", "ml"), "saline"),
        one("nct01348451", "cells", Some("A1"), cells("500000"), "nsi-566"),
        one("nct01348451", "cells", Some("A2"), cells("1000000"), "nsi-566"),
        one("nct01348451", "cells", Some("B"), cells("500000"), "nsi-566"),
        one("nct01348451", "cells", Some("C"), cells("1000000"), "nsi-566"),
        one("nct01348451", "cells", Some("D"), cells("500000"), "nsi-566"),
        one("nct01348451", "cells", Some("E"), cells("500000"), "nsi-566"),
        Expected {
            due: &["2025-09-02T10:00", "2025-09-05T10:00", "2025-09-08T10:00", "2025-09-11T10:00"],
            second: Some(("2025-09-05T10:00", "2025-09-07T10:00")),
            ..one("nct01494480", "cells", None, Says::Whole, "uc-msc")
        },
        one("nct01609283", "cells", Some("1"), cells("10000000"), "adipose-msc"),
        one("nct01609283", "cells", Some("2"), cells("50000000"), "adipose-msc"),
        monthly(Some("3"), cells("50000000")),
        one("nct01609283", "cells", Some("4"), cells("100000000"), "adipose-msc"),
        monthly(Some("5"), cells("100000000")),
        one("nct01640067", "cells", Some("lumbar-one-side"), Says::Entered, "hnsc"),
        one("nct01640067", "cells", Some("lumbar-two-sides"), Says::Entered, "hnsc"),
        one("nct01640067", "cells", Some("lumbar-able"), Says::Entered, "hnsc"),
        one("nct01640067", "cells", Some("cervical"), Says::Entered, "hnsc"),
        one("nct01730716", "cells", Some("A"), cells("2000000"), "nsi-566"),
        one("nct01730716", "cells", Some("B"), cells("4000000"), "nsi-566"),
        one("nct01730716", "cells", Some("C"), cells("6000000"), "nsi-566"),
        one("nct01730716", "cells", Some("D"), cells("8000000"), "nsi-566"),
        Expected {
            // Three months, and no window: any hour of the day, by winter time.
            due: &["2025-09-02T10:00", "2025-12-02T10:00"],
            second: Some(("2025-12-02T00:00", "2025-12-02T23:59:59.999999")),
            ..one("nct01730716", "cells", Some("E"), cells("8000000"), "nsi-566")
        },
        one("nct01933321", "cells", None, Says::Whole, "hsc"),
        Expected { first: AFTER_RUN_IN, ..one("nct02881489", "once", None, cells("15000000"), "marrow-msc") },
        Expected {
            first: AFTER_RUN_IN,
            due: &["2025-09-02T10:00", "2025-11-02T10:00", "2026-01-02T10:00"],
            second: Some(("2025-10-26T10:00", "2025-11-09T10:00")),
            ..one("nct02881489", "thrice", None, cells("15000000"), "marrow-msc")
        },
        Expected {
            due: &["2025-09-02T10:00", "2025-10-02T10:00"],
            second: Some(("2025-09-29T10:00", "2025-10-05T10:00")),
            ..one("nct02987413", "cells", None, cells("100000000"), "marrow-msc")
        },
    ]
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Warsaw").unwrap()
}

/// A civil time in Warsaw.
fn at(civil: &str) -> Timestamp {
    let civil: jiff::civil::DateTime = civil.parse().unwrap();
    civil.to_zoned(zone()).unwrap().timestamp()
}

/// Screened and consented on 2 March, allocated on 1 September.
fn subject(trial: &str, arm: &str, cohort: Option<&str>) -> Subject {
    let mut subject = Subject::unknown(trial.into(), "P-001".into());
    subject.screened_at = Some(at("2025-03-01T12:00"));
    subject.consents.insert("2025-03-02".to_owned());
    subject.allocation = Some(Allocation {
        arm: arm.to_owned(),
        cohort: cohort.map(str::to_owned),
        at: at("2025-09-01T09:00"),
    });
    subject
}

fn weight() -> Weight {
    Weight {
        id: "w".into(),
        trial: "t".into(),
        subject: "P-001".into(),
        kilograms: 60.into(),
        measured_at: at("2025-09-02T08:00"),
        by: "nurse".into(),
        previous_kilograms: None,
        change_percent: None,
        second: super::super::weight::SecondPerson::NotNeeded,
    }
}

fn check(one: &Expected) {
    let name = format!("{} {} {:?}", one.trial, one.arm, one.cohort);
    let (protocol, subject, zone) = (trial(one.trial), subject(one.trial, one.arm, one.cohort), zone());
    let prescription = Prescription::of(&protocol, &subject, None).unwrap();
    let first = at("2025-09-02T10:00");
    let asking = Asking { subject: &subject, given: &[], at: at("2025-09-01T10:00"), zone: &zone };
    let windows = prescription.plan(&asking, first).unwrap();
    let due: Vec<Timestamp> = windows.iter().map(|window| window.due).collect();
    assert_eq!(due, one.due.iter().map(|due| at(due)).collect::<Vec<_>>(), "{name}");
    let (from, until) = one.first;
    assert_eq!((windows[0].earliest, windows[0].latest), (at(from), until.map(at)), "{name}");
    let second = windows.get(1).map(|window| (window.earliest, window.latest.unwrap()));
    assert_eq!(second, one.second.map(|(from, until)| (at(from), at(until))), "{name}");
    let baseline = Baseline { kilograms: 60.into(), measured_at: at("2025-03-01T12:00") };
    let asked = prescription.reckon(Some(&baseline), Some(&weight()), first, &zone).unwrap();
    match one.dose {
        Says::Amount(amount, lowest, highest, unit) => {
            let dose = asked.reckoned().unwrap();
            let written =
                [dose.reckoned.unwrap(), dose.lowest, dose.highest].map(|number| number.to_string());
            assert_eq!(written, [amount, lowest, highest], "{name}");
            assert_eq!(dose.unit, unit, "{name}");
        }
        Says::Whole => assert_eq!(asked, Asked::Whole, "{name}"),
        Says::Entered => assert_eq!(asked, Asked::Entered, "{name}"),
    }
    assert!(prescription.course.gives(one.product), "{name}");
}

#[test]
fn every_arm_and_cohort_is_planned_as_its_file_says() {
    for one in expected() {
        check(&one);
    }
}

#[test]
fn no_arm_and_no_cohort_is_left_out() {
    let expected = expected();
    for (name, _) in TRIALS {
        let protocol = trial(name);
        for arm in protocol.arms.values() {
            let named = expected.iter().filter(|one| one.trial == *name && one.arm == arm.id.as_str());
            let cohorts: Vec<_> = named.map(|one| one.cohort).collect();
            let known: Vec<_> = protocol.cohorts.ids().map(|id| Some(id.as_str())).collect();
            let nothing = Prescription::of(&protocol, &subject(name, arm.id.as_str(), None), None).err();
            match nothing {
                Some(Refusal::NothingToPlan) => assert!(cohorts.is_empty(), "{name} {}", arm.id),
                Some(Refusal::NoPlan { .. }) => assert_eq!(cohorts, known, "{name} {}", arm.id),
                _ => assert_eq!(cohorts, [None], "{name} {}", arm.id),
            }
        }
    }
}
