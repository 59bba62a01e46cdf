//! Reports and collections (sentences 6 and 39).

use super::fixtures::*;
use crate::eval::reports::{collected, is_history, is_serious, obligations};
use crate::eval::{Stamp, Truth, Value};

const ONSET: &str = "2025-03-05 08:00";
const AWARE: &str = "2025-03-06 09:00";

fn owed(given: &[(&str, Value, Stamp)]) -> Vec<(String, Truth, jiff::Timestamp)> {
    let protocol = trial("pgf-msc");
    let (adverse_event, given, chart) = (event("adverse-event"), facts(given), dosed(&["2025-03-01 10:00"]));
    let owed = obligations(protocol, &occasion(&adverse_event, at(ONSET), &given, &chart), instant(AWARE));
    owed.into_iter().map(|owed| (owed.report.to_string(), owed.truth, owed.due)).collect()
}

fn serious(given: &[(&str, Value, Stamp)]) -> Truth {
    let (adverse_event, given, chart) = (event("adverse-event"), facts(given), chart());
    is_serious(trial("pgf-msc"), &occasion(&adverse_event, at(ONSET), &given, &chart))
}

fn given(fact: &'static str, value: Value) -> (&'static str, Value, Stamp) {
    (fact, value, at(ONSET))
}

#[test]
fn sentence_06_reports_are_due_from_awareness() {
    let fatal = [
        given("criterion", words(&["death"])),
        given("expected", Value::Yes(false)),
        given("relatedness", word("possible")),
    ];
    let owed = owed(&fatal);
    let due: Vec<(&str, jiff::Timestamp)> =
        owed.iter().map(|(report, _, due)| (report.as_str(), *due)).collect();
    assert_eq!(
        due,
        [
            ("serious", instant("2025-03-07 09:00")),
            ("unexpected-fatal", instant("2025-03-13 09:00")),
            ("unexpected-serious", instant("2025-03-21 09:00")),
        ]
    );
}

#[test]
fn sentence_06_unknown_starts_the_clock() {
    let open = owed(&[given("criterion", words(&["hospitalization"]))]);
    let told: Vec<(&str, Truth)> = open.iter().map(|(report, truth, _)| (report.as_str(), *truth)).collect();
    assert_eq!(told, [("serious", Truth::True), ("unexpected-serious", Truth::Unknown)]);
    let nothing = owed(&[]);
    assert_eq!(nothing[0].1, Truth::Unknown, "nobody has said whether it is serious");
    let mild = owed(&[given("serious", Value::Yes(false))]);
    assert!(mild.is_empty(), "a recorded assessment closes it");
}

#[test]
fn sentence_06_history_opens_no_report_but_rules_see_it() {
    let toxic = [given("criterion", words(&["death"])), given("origin", word("chemotherapy"))];
    assert!(owed(&toxic).is_empty());
    let protocol = trial("pgf-msc");
    let (adverse_event, given_, chart) =
        (event("adverse-event"), facts(&toxic), dosed(&["2025-03-01 10:00"]));
    let occasion = occasion(&adverse_event, at(ONSET), &given_, &chart);
    assert_eq!(is_history(protocol, &occasion).truth, Truth::True);
    assert_eq!(ask_on(protocol, "suspend-fatal", &occasion, &[], &[]).truth, Truth::True);
    // Unknown origin is no history.
    assert_eq!(owed(&toxic[..1])[0].0, "serious");
}

#[test]
fn sentence_39_a_criterion_counts_unless_its_exception_is_true() {
    let stay = given("criterion", words(&["hospitalization"]));
    let planned = |yes| given("planned-stay", Value::Yes(yes));
    assert_eq!(serious(std::slice::from_ref(&stay)), Truth::True, "unknown does not except");
    assert_eq!(serious(&[stay.clone(), planned(false)]), Truth::True);
    assert_eq!(serious(&[stay.clone(), planned(true)]), Truth::False);
    assert_eq!(
        serious(&[given("criterion", words(&["hospitalization", "disability"])), planned(true)]),
        Truth::True
    );
}

#[test]
fn a_criterion_outweighs_a_no_and_death_is_serious() {
    let no = given("serious", Value::Yes(false));
    assert_eq!(serious(&[no.clone(), given("criterion", words(&["disability"]))]), Truth::True);
    assert_eq!(serious(&[no.clone(), given("outcome", word("fatal"))]), Truth::True);
    assert_eq!(serious(&[no.clone(), given("grade", number("5"))]), Truth::True);
    assert_eq!(serious(&[no]), Truth::False);
    assert_eq!(serious(&[]), Truth::Unknown);
}

#[test]
fn sentence_39_collected_when_any_collection_takes_it() {
    let protocol = trial("pgf-msc");
    let adverse_event = event("adverse-event");
    let mut chart = chart();
    chart.happened(event("consent"), day("2024-09-01"));
    chart.happened(event("transplant"), day("2024-10-01"));
    chart.happened(event("last-treatment"), day("2025-01-01"));
    let mild = facts(&[given("serious", Value::Yes(false))]);
    let grave = facts(&[given("criterion", words(&["disability"])), given("relatedness", word("unrelated"))]);
    let caused = facts(&[given("criterion", words(&["disability"])), given("relatedness", word("possible"))]);
    let taken = |given, on: &str| {
        let occasion = occasion(&adverse_event, day(on), given, &chart);
        let all = collected(protocol, &occasion);
        all.into_iter()
            .filter(|one| one.answer.truth == Truth::True)
            .map(|one| one.collect.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(taken(&mild, "2024-08-31"), Vec::<String>::new(), "before consent");
    assert_eq!(taken(&mild, "2025-07-01"), ["all"], "the last day is inside");
    assert_eq!(taken(&mild, "2025-07-02"), Vec::<String>::new());
    assert_eq!(taken(&grave, "2025-10-01"), ["serious"]);
    assert_eq!(taken(&grave, "2025-10-02"), Vec::<String>::new());
    assert_eq!(taken(&caused, "2031-01-01"), ["related"], "no end outlives the study");
    let infection = event("infection");
    let none = facts(&[]);
    let occasion = occasion(&infection, day("2025-09-01"), &none, &chart);
    assert_eq!(
        collected(protocol, &occasion).iter().filter(|one| one.answer.truth == Truth::True).count(),
        1
    );
}
