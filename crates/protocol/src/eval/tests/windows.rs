//! When a window is tested, and what is inside it (sentences 10 to 12).

use proptest::prelude::*;

use super::fixtures::*;
use crate::eval::{Facts, Stamp, Truth, Value};

const DOSE: &str = "2025-03-01 10:00";

fn ventilated(since: Stamp) -> Facts {
    facts(&[("mechanical-ventilation", Value::Yes(true), since)])
}

fn suspends(onset: Stamp, facts: &Facts, doses: &[&str]) -> Truth {
    ask_rule(trial("pgf-msc"), "suspend-ventilation", onset, facts, &dosed(doses)).truth
}

#[test]
fn sentence_11_two_weeks_are_fourteen_days_to_the_microsecond_both_ends_inclusive() {
    let cases = [
        ("2025-03-01 10:00", Truth::True),
        ("2025-03-01 09:59:59.999999", Truth::False),
        ("2025-03-15 10:00", Truth::True),
        ("2025-03-15 10:00:00.000001", Truth::False),
        ("2025-03-08 03:00", Truth::True),
    ];
    for (since, truth) in cases {
        assert_eq!(suspends(at(since), &ventilated(at(since)), &[DOSE]), truth, "{since}");
    }
}

#[test]
fn sentence_11_a_day_without_a_time_is_any_moment_of_it() {
    let cases = [
        ("2025-03-01", Truth::True),
        ("2025-02-28", Truth::False),
        ("2025-03-15", Truth::True),
        ("2025-03-16", Truth::False),
    ];
    for (since, truth) in cases {
        assert_eq!(suspends(day(since), &ventilated(day(since)), &[DOSE]), truth, "{since}");
    }
}

#[test]
fn sentence_11_no_date_is_unknown() {
    assert_eq!(suspends(Stamp::Undated, &ventilated(Stamp::Undated), &[DOSE]), Truth::Unknown);
    let mut chart = chart();
    chart.doses.push(Stamp::Undated);
    let protocol = trial("pgf-msc");
    let known = at("2025-03-05 10:00");
    let verdict = ask_rule(protocol, "suspend-ventilation", known, &ventilated(known), &chart);
    assert_eq!((verdict.truth, verdict.pending), (Truth::Unknown, true));
}

#[test]
fn sentence_12_every_dose_opens_a_window_and_one_suffices() {
    let doses = ["2025-03-01 10:00", "2025-03-08 10:00", "2025-03-15 10:00"];
    let since = at("2025-03-25 10:00");
    assert_eq!(suspends(since, &ventilated(since), &doses[..1]), Truth::False);
    assert_eq!(suspends(since, &ventilated(since), &doses), Truth::True);
}

#[test]
fn sentence_12_a_subject_without_a_dose_is_in_no_window() {
    for since in [at("2025-03-05 10:00"), day("2025-03-05"), Stamp::Undated] {
        assert_eq!(suspends(since, &ventilated(since), &[]), Truth::False);
    }
    let nothing = Facts::new();
    assert_eq!(suspends(day("2025-03-05"), &nothing, &[]), Truth::False, "even when nothing is known");
    let grave = facts(&[("grade", number("3"), day("2025-03-05"))]);
    let verdict = ask_rule(trial("pgf-msc"), "reduce-dose", day("2025-03-05"), &grave, &chart());
    assert_eq!(verdict.truth, Truth::False, "after = dose");
}

#[test]
fn sentence_12_before_a_dose_is_as_long_as_it_has_not_started() {
    let protocol = trial("pgf-msc");
    let doses = ["2025-03-01 10:00", "2025-03-08 10:00", "2025-03-15 10:00", "2025-03-22 10:00"];
    let relapse = event("relapse");
    let none = Facts::new();
    let cases = [
        (3, at("2025-05-01 00:00"), Truth::True),
        (4, at("2025-03-22 09:59"), Truth::True),
        (4, at("2025-03-22 10:00"), Truth::False),
        (4, day("2025-03-22"), Truth::True),
        (4, day("2025-03-23"), Truth::False),
        (0, Stamp::Undated, Truth::True),
        (4, Stamp::Undated, Truth::Unknown),
    ];
    for (given, when, truth) in cases {
        let chart = dosed(&doses[..given]);
        let verdict = ask_on(protocol, "leave-relapse", &occasion(&relapse, when, &none, &chart), &[], &[]);
        assert_eq!(verdict.truth, truth, "{given} doses, {when:?}");
    }
}

#[test]
fn sentence_10_the_day_the_grade_became_4_decides_not_the_onset() {
    let protocol = trial("pgf-msc");
    let related = ("relatedness", word("probable"), Stamp::Undated);
    let rises = |from: &str, to: &str| {
        facts(&[("grade", number("2"), at(from)), ("grade", number("4"), at(to)), related.clone()])
    };
    let chart = dosed(&[DOSE]);
    let cases = [
        ("2025-02-20 08:00", "2025-03-10 08:00", Truth::True),
        ("2025-03-10 08:00", "2025-03-20 08:00", Truth::False),
    ];
    for (onset, worse, truth) in cases {
        let verdict = ask_rule(protocol, "suspend-grade-4", at(onset), &rises(onset, worse), &chart);
        assert_eq!(verdict.truth, truth, "onset {onset}, grade 4 {worse}");
    }
}

#[test]
fn sentence_10_each_change_counts_for_itself() {
    let protocol = trial("pgf-msc");
    // Grade 4 inside the window, milder when it is looked at.
    let passed = facts(&[
        ("grade", number("4"), at("2025-03-05 08:00")),
        ("grade", number("1"), at("2025-03-12 08:00")),
        ("relatedness", word("possible"), Stamp::Undated),
    ]);
    let chart = dosed(&[DOSE]);
    let verdict = ask_rule(protocol, "suspend-grade-4", at("2025-03-05 08:00"), &passed, &chart);
    assert_eq!(verdict.truth, Truth::True);
    // In hospital inside the window, dead after it.
    let late = facts(&[
        ("grade", number("3"), at("2025-03-05 08:00")),
        ("criterion", words(&["hospitalization"]), at("2025-03-05 08:00")),
        ("grade", number("5"), at("2025-03-20 08:00")),
        ("outcome", word("fatal"), at("2025-03-20 08:00")),
    ]);
    let verdict = ask_rule(protocol, "suspend-fatal", at("2025-03-05 08:00"), &late, &chart);
    assert_eq!(verdict.truth, Truth::False);
}

#[test]
fn sentence_10_a_judged_fact_judges_the_times_of_the_others() {
    let protocol = trial("pgf-msc");
    let judged_later = facts(&[
        ("grade", number("4"), at("2025-03-05 08:00")),
        ("relatedness", word("probable"), at("2025-06-01 08:00")),
    ]);
    let verdict =
        ask_rule(protocol, "suspend-grade-4", at("2025-03-05 08:00"), &judged_later, &dosed(&[DOSE]));
    assert_eq!((verdict.truth, verdict.pending), (Truth::True, false));
}

#[test]
fn sentence_10_without_when_the_event_itself_is_tested() {
    let protocol = trial("pgf-msc");
    let death = event("death");
    let none = Facts::new();
    let chart = dosed(&[DOSE]);
    for (when, truth) in [
        (day("2025-03-15"), Truth::True),
        (day("2025-03-16"), Truth::False),
        (Stamp::Undated, Truth::Unknown),
    ] {
        let verdict = ask_on(protocol, "suspend-death", &occasion(&death, when, &none, &chart), &[], &[]);
        assert_eq!(verdict.truth, truth, "{when:?}");
    }
}

#[test]
fn two_times_of_one_day_leave_open_which_was_first() {
    // Only the day of the worsening is known; the milder value has a time of the same day.
    let protocol = trial("pgf-msc");
    let given = facts(&[
        ("grade", number("2"), at("2025-03-05 08:00")),
        ("grade", number("4"), day("2025-03-05")),
        ("relatedness", word("possible"), Stamp::Undated),
    ]);
    let verdict = ask_rule(protocol, "suspend-grade-4", day("2025-03-05"), &given, &dosed(&[DOSE]));
    assert_eq!(verdict.truth, Truth::True);
}

proptest! {
    /// Inside exactly when no later than 336 hours after the start, and no earlier than it.
    #[test]
    fn the_window_is_exact(offset_micros in -2_000_000_000_000_i64..2_000_000_000_000) {
        let start = instant(DOSE);
        let since = Stamp::Instant(start + jiff::SignedDuration::from_micros(offset_micros));
        let inside = (0..=14 * 86_400 * 1_000_000).contains(&offset_micros);
        prop_assert_eq!(suspends(since, &ventilated(since), &[DOSE]), Truth::from(inside));
    }

    /// Neither the order in which facts are given nor the order of the doses matters.
    #[test]
    fn order_does_not_matter(
        (given, doses) in (
            Just(vec![
                ("grade", number("3"), at("2025-03-04 08:00")),
                ("grade", number("4"), at("2025-03-09 08:00")),
                ("relatedness", word("possible"), Stamp::Undated),
                ("criterion", words(&["hospitalization"]), at("2025-03-05 08:00")),
            ]).prop_shuffle(),
            Just(vec!["2025-03-01 10:00", "2025-03-08 10:00", "2025-02-20 10:00"]).prop_shuffle(),
        )
    ) {
        let protocol = trial("pgf-msc");
        let onset = at("2025-03-04 08:00");
        let told = |given: &[(&str, Value, Stamp)], doses: &[&str]| {
            let (given, chart) = (facts(given), dosed(doses));
            let adverse_event = event("adverse-event");
            let occasion = occasion(&adverse_event, onset, &given, &chart);
            crate::eval::rules::judge(protocol, &occasion, &[], &std::collections::BTreeMap::new())
        };
        let sorted = {
            let mut given = given.clone();
            given.sort_by_key(|(id, _, at)| (*id, *at));
            let mut doses = doses.clone();
            doses.sort_unstable();
            told(&given, &doses)
        };
        prop_assert_eq!(told(&given, &doses), sorted);
    }
}
