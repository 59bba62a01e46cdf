//! Every trial file allocates, each in its own way, and keeps its sizes.

use std::collections::BTreeMap;

use holdpoint_api::common::v1::Value;
use holdpoint_enrollment::domain::subject::Subject;

use crate::house::{House, on_both_databases, small_file_of};
use crate::person::{Person, code, number, yes};

on_both_databases!(
    each_trial_file_allocates_and_keeps_its_size,
    a_cohort_opens_by_the_board_and_takes_whom_it_takes,
    the_same_people_return_once_with_a_fresh_consent,
    the_investigator_chooses_once,
);

/// How a file gives places.
enum Gives {
    /// From a list of so many.
    List(u32),
    /// In cohorts of these sizes; one takes the people of another again.
    Cohorts(&'static [(&'static str, u32, Option<&'static str>)]),
    /// The investigator's choice among these arms.
    Choice(&'static [&'static str]),
}

const TRIALS: &[(&str, Gives)] = &[
    ("pgf-msc", Gives::List(68)),
    ("nct01254539", Gives::List(63)),
    (
        "nct01348451",
        Gives::Cohorts(&[
            ("A1", 3, None),
            ("A2", 3, None),
            ("B", 3, None),
            ("C", 3, None),
            ("D", 3, None),
            ("E", 3, Some("C")),
        ]),
    ),
    ("nct01494480", Gives::List(30)),
    (
        "nct01609283",
        Gives::Cohorts(&[("1", 5, None), ("2", 5, None), ("3", 5, None), ("4", 5, None), ("5", 5, None)]),
    ),
    (
        "nct01640067",
        Gives::Cohorts(&[
            ("lumbar-one-side", 3, None),
            ("lumbar-two-sides", 3, None),
            ("lumbar-able", 6, None),
            ("cervical", 6, None),
        ]),
    ),
    (
        "nct01730716",
        Gives::Cohorts(&[("A", 3, None), ("B", 3, None), ("C", 3, None), ("D", 3, None), ("E", 3, None)]),
    ),
    ("nct01933321", Gives::List(14)),
    ("nct02881489", Gives::Choice(&["once", "thrice"])),
    ("nct02987413", Gives::List(4)),
];

/// What a cohort asks of whom it takes.
fn asked_of(trial: &str, cohort: &str) -> Option<(&'static str, Value)> {
    match (trial, cohort) {
        ("nct01348451", "A1" | "A2") => Some(("ambulatory", yes(false))),
        ("nct01348451", "B" | "C" | "D") => Some(("ambulatory", yes(true))),
        ("nct01640067", "lumbar-one-side" | "lumbar-two-sides") => {
            Some(("walking-subscore", number("1", "")))
        }
        _ => None,
    }
}

async fn each_trial_file_allocates_and_keeps_its_size(house: House) {
    for (trial, gives) in TRIALS {
        let gao = house.in_force(small_file_of(trial)).await;
        match gives {
            Gives::List(size) => a_list(&house, &gao, trial, *size).await,
            Gives::Cohorts(cohorts) => in_cohorts(&house, &gao, trial, cohorts).await,
            Gives::Choice(arms) => by_choice(&gao, arms).await,
        }
    }
}

async fn a_list(house: &House, gao: &Person, trial: &str, size: u32) {
    let mut cohorts = BTreeMap::new();
    for n in 1..=size {
        let subject = format!("P-{n:03}");
        gao.ready(&subject).await;
        gao.allocate(&subject).await.unwrap();
        let stored = house.store.get::<Subject>(&format!("{trial}/{subject}")).await.unwrap().unwrap();
        *cohorts.entry(stored.shown().unwrap().arm.to_string()).or_insert(0_u32) += 1;
    }
    let share = size / u32::try_from(cohorts.len()).unwrap();
    assert!(cohorts.values().all(|arm| *arm == share), "{trial}: {cohorts:?}");
    gao.ready("P-over").await;
    assert_eq!(code(gao.randomize("P-over", 1).await), "ENR-0032", "{trial}");
    let list = gao.list().await;
    assert_eq!((list.size, list.used, list.seed_sha256.len()), (size, size, 64), "{trial}");
}

async fn in_cohorts(
    house: &House,
    gao: &Person,
    trial: &str,
    cohorts: &[(&'static str, u32, Option<&'static str>)],
) {
    for (at, (cohort, size, returns)) in cohorts.iter().enumerate() {
        if at > 0 {
            house.opens(trial, cohort).await;
        }
        for n in 1..=*size {
            let shown = match returns {
                Some(of) => {
                    let subject = format!("P-{of}-{n}");
                    house.civil.advance(std::time::Duration::from_secs(60));
                    gao.consent(&subject, "2026-03-02").await.unwrap();
                    gao.randomize_naming(&subject, "", cohort).await.unwrap()
                }
                None => allocated(gao, trial, cohort, n).await,
            };
            assert_eq!(shown.cohort, *cohort, "{trial}");
            let subject = format!("P-{}-{n}", returns.unwrap_or(cohort));
            gao.acknowledge(&subject, &shown.permit).await.unwrap();
            assert_eq!(gao.subject(&subject).await.cohort, *cohort);
        }
        let over = format!("P-{cohort}-over");
        gao.ready(&over).await;
        if let Some((fact, value)) = asked_of(trial, cohort) {
            gao.fact(&over, fact, value).await.unwrap();
        }
        let expected = if returns.is_some() { "ENR-0042" } else { "ENR-0032" };
        assert_eq!(code(gao.randomize(&over, 1).await), expected, "{trial} {cohort}");
    }
    let places = gao.list().await;
    let sizes: Vec<_> =
        cohorts.iter().map(|(cohort, size, _)| ((*cohort).to_owned(), *size, *size)).collect();
    let told: Vec<_> = places.cohorts.into_iter().map(|each| (each.cohort, each.size, each.used)).collect();
    assert_eq!(told, sizes, "{trial}");
}

/// One new subject that the cohort takes.
async fn allocated(
    gao: &Person,
    trial: &str,
    cohort: &str,
    n: u32,
) -> holdpoint_api::enrollment::v1::RandomizeResponse {
    let subject = format!("P-{cohort}-{n}");
    gao.ready(&subject).await;
    if let Some((fact, value)) = asked_of(trial, cohort) {
        gao.fact(&subject, fact, value).await.unwrap();
    }
    gao.randomize(&subject, 1).await.unwrap()
}

async fn by_choice(gao: &Person, arms: &[&str]) {
    for (n, arm) in arms.iter().chain(arms).enumerate() {
        let subject = format!("P-{n}");
        gao.ready(&subject).await;
        assert_eq!(code(gao.randomize(&subject, 1).await), "ENR-0033", "nobody chose");
        let shown = gao.randomize_naming(&subject, arm, "").await.unwrap();
        assert_eq!(shown.arm, *arm);
        gao.acknowledge(&subject, &shown.permit).await.unwrap();
    }
    assert_eq!(gao.list().await.used, 4);
}

async fn a_cohort_opens_by_the_board_and_takes_whom_it_takes(house: House) {
    let trial = "nct01348451";
    let gao = house.in_force(small_file_of(trial)).await;
    gao.ready("P-001").await;
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert_eq!((detail.code.as_str(), detail.fields[0].field.as_str()), ("ENR-0026", "cohort.A1.who"));
    assert_eq!(detail.fields[0].allowed, "missing: ambulatory");
    gao.fact("P-001", "ambulatory", yes(true)).await.unwrap();
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0026", "who walks is for a later cohort");
    gao.ready("P-002").await;
    gao.fact("P-002", "ambulatory", yes(false)).await.unwrap();
    gao.randomize("P-002", 1).await.unwrap();
    let ask = house.safety.asked().pop().unwrap();
    assert_eq!((ask.possible_arms, ask.possible_cohorts), (vec!["cells".to_owned()], vec!["A1".to_owned()]));
    // The board opens two at once: the newest takes subjects, none goes back.
    house.opens(trial, "A2").await;
    house.opens(trial, "B").await;
    let shown = gao.randomize("P-001", 1).await.unwrap();
    assert_eq!(shown.cohort, "B");
    assert_eq!(code(gao.randomize_naming("P-002", "", "A2").await), "ENR-0030", "its place stands");
}

async fn the_same_people_return_once_with_a_fresh_consent(house: House) {
    let trial = "nct01348451";
    let gao = house.in_force(small_file_of(trial)).await;
    for cohort in ["A2", "B", "C"] {
        house.opens(trial, cohort).await;
    }
    for n in 1..=2 {
        let shown = allocated(&gao, trial, "C", n).await;
        gao.acknowledge(&format!("P-C-{n}"), &shown.permit).await.unwrap();
    }
    assert_eq!(code(gao.randomize_naming("P-C-1", "", "E").await), "ENR-0042", "E is not open");
    house.opens(trial, "D").await;
    house.opens(trial, "E").await;
    house.civil.advance(std::time::Duration::from_secs(60));
    let refused = gao.randomize_naming("P-C-1", "", "E").await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert_eq!((detail.code.as_str(), detail.fields[0].field.as_str()), ("ENR-0026", "cohort.E.needs"));
    gao.consent("P-C-1", "2026-03-02").await.unwrap();
    assert!(gao.randomize("P-C-1", 1).await.unwrap().record_only, "unasked, nobody is allocated twice");
    let again = gao.randomize_naming("P-C-1", "", "E").await.unwrap();
    assert_eq!(code(gao.randomize_naming("P-C-1", "", "E").await), "ENR-0030");
    gao.acknowledge("P-C-1", &again.permit).await.unwrap();
    assert!(gao.randomize_naming("P-C-1", "", "E").await.unwrap().record_only);
    let subject = gao.subject("P-C-1").await;
    assert_eq!((subject.cohort.as_str(), subject.earlier_allocations.len()), ("E", 1));
    assert_eq!(subject.earlier_allocations[0].cohort, "C");
    let numbers: Vec<_> = house.safety.asked().iter().map(|ask| ask.number).collect();
    assert_eq!(numbers, [0, 0, 1], "safety hears that it is a further allocation");
    gao.ready("P-new").await;
    assert_eq!(code(gao.randomize_naming("P-new", "", "E").await), "ENR-0042");
}

async fn the_investigator_chooses_once(house: House) {
    use holdpoint_api::common::v1::Role as PbRole;
    use holdpoint_chassis::identity::Role;
    let trial = "nct02881489";
    let gao = house.in_force(small_file_of(trial)).await;
    gao.delegate("cora", PbRole::Coordinator).await.unwrap();
    let cora = house.person("cora", &[Role::Coordinator]).in_trial(trial);
    gao.ready("P-001").await;
    assert_eq!(code(cora.randomize_naming("P-001", "once", "").await), "ENR-0041");
    assert_eq!(code(gao.randomize_naming("P-001", "twice", "").await), "ENR-0033");
    assert!(house.safety.asked().is_empty());
    let shown = gao.randomize_naming("P-001", "once", "").await.unwrap();
    let ask = house.safety.asked().pop().unwrap();
    assert_eq!(ask.possible_arms, ["once"], "a hold on the other arm does not stand in the way");
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
    let again = gao.randomize_naming("P-001", "thrice", "").await.unwrap();
    assert_eq!((again.record_only, again.arm.as_str()), (true, "once"));
    let small = house.in_force(small_file_of("pgf-msc")).await;
    small.ready("P-001").await;
    assert_eq!(code(small.randomize_naming("P-001", "msc", "").await), "ENR-0033", "nobody picks off a list");
}
