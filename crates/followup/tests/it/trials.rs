//! Every trial file gives a schedule: a few lines of each, counted by hand, for a subject of its arm with all its doses.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_followup::domain::chart::{chart, expected};
use holdpoint_followup::domain::happened::{Occurrence, Start};
use holdpoint_followup::domain::infusion::Infusion;
use holdpoint_followup::domain::plan::{self, Known, Series};
use holdpoint_followup::domain::subject::{Allocation, Subject};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::events::Evidence;
use holdpoint_protocol::ids::ActivityId;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// (trial, arm, cohort, doses, visits of a line: (phase, activity, how many in all openings and lines, the last due day)).
type Case = (
    &'static str,
    &'static str,
    Option<&'static str>,
    u32,
    &'static [(&'static str, &'static str, usize, &'static str)],
);

/// Screening and consent on 1 March 2025, allocation on the 2nd, the first dose on 1 October 2025, the others each four
/// weeks after the one before.
const CASES: &[Case] = &[
    // The last of four doses would be on 24 December; the run-in is counted back from the first.
    (
        "nct01254539",
        "intraspinal",
        None,
        1,
        &[
            ("run-in", "spirometry", 2, "2025-07-01"),    // months -6 and -3
            ("follow-up", "spirometry", 4, "2026-09-30"), // quarters of one year
            ("follow-up", "mri", 2, "2026-09-30"),        // half-years of one year
        ],
    ),
    (
        "nct01348451",
        "cells",
        Some("A1"),
        1,
        &[
            ("run-in", "ashworth", 3, "2025-09-01"),   // months -3, -2, -1
            ("follow-up", "alsfrs", 11, "2029-10-01"), // month 1 to 48, eleven points
        ],
    ),
    (
        "nct01494480",
        "cells",
        None,
        4,
        &[
            ("baseline", "norris", 1, "2025-10-01"), // once in the week before the first dose
            ("follow-up", "norris", 4, "2027-12-24"), // months 1, 6, 12, 24 after the fourth dose of 24 December
        ],
    ),
    (
        "nct01609283",
        "cells",
        Some("3"),
        2,
        &[
            ("screening", "csf", 1, "2025-10-01"),
            ("close", "ae-review", 8, "2025-11-25"), // four whole weeks after each of two doses
            ("close", "blood", 4, "2025-11-26"),     // weeks 1 and 4 after each
            ("long", "alsfrs", 7, "2027-08-28"), // from a month after the last dose: 23 months, seven quarters
        ],
    ),
    (
        "nct01640067",
        "cells",
        Some("lumbar-one-side"),
        1,
        &[
            ("follow-up", "alsfrs", 20, "2028-09-30"), // twelve months, then eight quarters
            ("follow-up", "mri", 3, "2028-09-30"),
        ],
    ),
    ("nct01730716", "cells", Some("A"), 1, &[("follow-up", "alsfrs", 7, "2027-10-01")]),
    ("nct01933321", "cells", None, 1, &[("follow-up", "spirometry", 4, "2026-10-01")]),
    (
        "nct02881489",
        "thrice",
        None,
        3,
        &[
            ("run-in", "alsfrs", 2, "2025-09-01"), // months 0 and 6 after registration
            ("follow-up", "alsfrs", 9, "2027-03-31"), // nine times two months after the first dose
        ],
    ),
    (
        "nct02987413",
        "cells",
        None,
        2,
        &[
            ("screening", "blood", 1, "2025-10-01"),
            ("follow-up", "blood", 4, "2026-10-29"), // months 1, 3, 6, 12 after the second dose of 29 October
            ("follow-up", "mri", 2, "2026-10-29"),
        ],
    ),
    (
        "pgf-msc",
        "msc",
        None,
        4,
        &[
            ("baseline", "marrow", 1, "2025-03-02"),
            ("long-term", "coagulation", 9, "2030-02-28"), // four quarters, two half-years, three years from 1 March 2025
            ("infusion", "vital-signs", 24, "2025-12-25"), // six after each of four doses
        ],
    ),
];

fn load(trial: &str) -> Protocol {
    let folder = format!("{}/../../deploy/protocols", env!("CARGO_MANIFEST_DIR"));
    let read = |path: String| std::fs::read_to_string(path).unwrap();
    let names = ["common", "hsct", "ich", "als"].map(str::to_owned);
    let dictionaries: BTreeMap<String, String> =
        names.map(|name| (name.clone(), read(format!("{folder}/dictionary/{name}.toml")))).into();
    let text = read(format!("{folder}/{trial}.toml"));
    let used = dictionaries.into_iter().filter(|(name, _)| text.contains(&format!("\"{name}@")));
    holdpoint_protocol::load(trial, &text, &used.collect()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn subject((trial, arm, cohort, doses, _): &Case) -> Subject {
    let mut subject = Subject::unknown((*trial).into(), "P-001".into());
    subject.screened_at = Some(at("2025-03-01T09:00:00Z"));
    subject.consents.insert(date(2025, 3, 1));
    let cohort = cohort.map(str::to_owned);
    subject.allocation = Some(Allocation { arm: (*arm).to_owned(), cohort, at: at("2025-03-02T09:00:00Z") });
    let transplant =
        Occurrence { event: "transplant".to_owned(), date: date(2025, 3, 1), at: None, withdrawn: false };
    subject.milestones.tell("m-1".into(), &"".into(), transplant);
    for number in 0..*doses {
        let at = at("2025-10-01T09:00:00Z") + SignedDuration::from_hours(24 * 28 * i64::from(number));
        let start = Start { infusion: format!("i-{number}"), at, void: false };
        subject.starts.insert(format!("p-{number}"), start);
    }
    subject
}

fn planned(subject: &Subject, protocol: &Protocol, today: Date) -> BTreeMap<ActivityId, Vec<Series>> {
    let chart = chart(subject, protocol, TimeZone::UTC);
    let expected = expected(&chart, subject, protocol);
    let attested = BTreeMap::new();
    let of = |chart| Evidence::new(chart, &attested, today);
    let known = Known { happened: of(&chart), expected: of(expected.as_ref().unwrap_or(&chart)) };
    let wanted: BTreeSet<_> = protocol
        .phases
        .values()
        .flat_map(|phase| phase.activities.values().map(|one| one.activity.clone()))
        .collect();
    plan::series(protocol, &known, &wanted)
}

/// Days on which the visits of an activity in a phase are due.
fn due(subject: &Subject, protocol: &Protocol, (phase, activity): (&str, &str)) -> Vec<String> {
    let series = planned(subject, protocol, date(2025, 3, 2));
    let lines = series.iter().filter(|(id, _)| id.as_str() == activity).flat_map(|(_, lines)| lines);
    let visits = lines.filter(|line| line.phase.as_str() == phase).flat_map(|line| &line.visits);
    visits.filter_map(|visit| visit.due()).map(|due| due.to_string()).collect()
}

/// What is counted back from dose 1 is planned as soon as dosing plans it, moves with it, and is gone with it; once the dose is
/// given, its own time counts. Nothing that follows a dose is planned before it is given.
#[test]
fn a_run_in_is_planned_from_the_day_on_which_dose_1_is_planned() {
    for (case, run_in, follow_up) in [
        (&CASES[0], ("run-in", "spirometry"), ("follow-up", "spirometry")),
        (&CASES[1], ("run-in", "ashworth"), ("follow-up", "ashworth")),
    ] {
        let protocol = load(case.0);
        let mut subject = subject(&(case.0, case.1, case.2, 0, case.4));
        assert!(due(&subject, &protocol, run_in).is_empty(), "{}: nobody knows of a dose", case.0);
        let infusion = |due: &str| Infusion {
            regimen: "cells".to_owned(),
            number: 1,
            due: at(due),
            earliest: at(due),
            latest: None,
            canceled: None,
        };
        subject.infusions.insert("i-0".to_owned(), infusion("2025-09-02T09:00:00Z"));
        let expected: &[&str] = match case.0 {
            "nct01254539" => &["2025-03-02", "2025-06-02"],
            _ => &["2025-06-02", "2025-07-02", "2025-08-02"],
        };
        assert_eq!(due(&subject, &protocol, run_in), expected, "{}", case.0);
        assert!(due(&subject, &protocol, follow_up).is_empty(), "{}: no dose is given", case.0);
        subject.infusions.insert("i-0".to_owned(), infusion("2025-09-05T09:00:00Z"));
        let moved: Vec<String> = expected.iter().map(|day| format!("{}5", &day[..9])).collect();
        assert_eq!(due(&subject, &protocol, run_in), moved, "{}", case.0);
        let start = Start { infusion: "i-0".to_owned(), at: at("2025-09-02T09:00:00Z"), void: false };
        let mut given = subject.clone();
        given.starts.insert("p-0".to_owned(), start);
        assert_eq!(due(&given, &protocol, run_in), expected, "{}: as it was given", case.0);
        assert!(!due(&given, &protocol, follow_up).is_empty(), "{}", case.0);
        subject.infusions.get_mut("i-0").unwrap().canceled = Some("off treatment".to_owned());
        assert!(due(&subject, &protocol, run_in).is_empty(), "{}: no dose is planned", case.0);
    }
}

#[test]
fn every_trial_file_gives_the_lines_counted_by_hand() {
    for case in CASES {
        let protocol = load(case.0);
        let series = planned(&subject(case), &protocol, date(2026, 1, 1));
        for (phase, activity, count, last) in case.4 {
            let lines = series.iter().filter(|(id, _)| id.as_str() == *activity).flat_map(|(_, lines)| lines);
            let visits: Vec<_> =
                lines.filter(|line| line.phase.as_str() == *phase).flat_map(|line| &line.visits).collect();
            let due = visits.iter().filter_map(|visit| visit.due()).max();
            let found = (visits.len(), due.map(|due| due.to_string()).unwrap_or_default());
            assert_eq!(found, (*count, (*last).to_owned()), "{} {phase} {activity}", case.0);
        }
    }
    assert_eq!(CASES.len(), 10);
}
