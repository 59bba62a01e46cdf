//! Every trial file gives a schedule: a few lines of each, counted by hand, for a subject of its arm with all its doses.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_followup::domain::chart::chart;
use holdpoint_followup::domain::happened::{Occurrence, Start};
use holdpoint_followup::domain::plan;
use holdpoint_followup::domain::subject::{Allocation, Subject};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::events::Evidence;
use jiff::civil::date;
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

#[test]
fn every_trial_file_gives_the_lines_counted_by_hand() {
    for case in CASES {
        let protocol = load(case.0);
        let chart = chart(&subject(case), &protocol, TimeZone::UTC);
        let attested = BTreeMap::new();
        let evidence = Evidence::new(&chart, &attested, date(2026, 1, 1));
        let wanted: BTreeSet<_> = protocol
            .phases
            .values()
            .flat_map(|phase| phase.activities.values().map(|one| one.activity.clone()))
            .collect();
        let series = plan::series(&protocol, &evidence, &wanted);
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
