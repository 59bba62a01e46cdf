//! Advice on the drug that raises platelets (sentences 18 to 21; reading 1).

use proptest::prelude::*;

use super::fixtures::*;
use crate::eval::Chart;
use crate::eval::ladder::{Advice, ChangeRefused, DrugStanding, DrugState, advise, advise_on, judge_change};
use crate::model::Ladder;

fn ladder() -> &'static Ladder {
    trial("pgf-msc").regimen(&"tpo-ra".parse().unwrap()).unwrap().ladder.as_ref().unwrap()
}

fn counts(counts: &[(&str, &str)]) -> Chart {
    let mut chart = chart();
    for (on, count) in counts {
        chart.facts.record(fact("platelets"), measured(count, "e9/L"), day(on));
    }
    chart
}

fn taken(level: u32, since: &str) -> DrugState {
    DrugState { level, since: Some(since.parse().unwrap()), standing: DrugStanding::Taken }
}

fn advised(state: &DrugState, told: &[(&str, &str)]) -> Advice {
    let last = told.last().unwrap().0;
    advise(ladder(), state, &counts(told), last.parse().unwrap()).advice
}

#[test]
fn sentence_18_the_first_line_that_holds_decides() {
    let cases = [
        ("49.9", Advice::NoChange),
        ("50", Advice::NoChange),
        ("199.9", Advice::NoChange),
        ("200", Advice::Step(3)),
        ("400", Advice::Step(3)),
        ("400.1", Advice::Stop),
    ];
    for (count, advice) in cases {
        assert_eq!(advised(&taken(4, "2025-01-01"), &[("2025-03-01", count)]), advice, "{count}");
    }
    let two_weeks_low = [("2025-03-01", "40"), ("2025-03-08", "30"), ("2025-03-15", "20")];
    assert_eq!(advised(&taken(4, "2025-01-01"), &two_weeks_low), Advice::Step(5));
}

#[test]
fn sentence_18_a_line_with_a_level_holds_at_that_level_after_its_time() {
    let high = [("2025-03-15", "450")];
    assert_eq!(advised(&taken(1, "2025-03-01"), &high), Advice::End);
    assert_eq!(advised(&taken(1, "2025-03-02"), &high), Advice::Stop, "not yet two weeks at level 1");
    assert_eq!(advised(&taken(2, "2025-01-01"), &high), Advice::Stop);
    let four_weeks_low = [
        ("2025-03-01", "40"),
        ("2025-03-08", "30"),
        ("2025-03-15", "20"),
        ("2025-03-22", "20"),
        ("2025-03-29", "20"),
    ];
    assert_eq!(advised(&taken(6, "2025-01-01"), &four_weeks_low), Advice::End);
    assert_eq!(
        advised(&taken(6, "2025-01-01"), &four_weeks_low[..3]),
        Advice::NoChange,
        "no level above the last"
    );
}

#[test]
fn sentence_19_after_a_change_no_step_for_two_weeks_and_earlier_days_do_not_count() {
    let state = taken(4, "2025-03-08");
    assert_eq!(advised(&state, &[("2025-03-21", "300")]), Advice::NoChange);
    assert_eq!(advised(&state, &[("2025-03-22", "300")]), Advice::Step(3));
    let low = [
        ("2025-03-01", "40"),
        ("2025-03-08", "30"),
        ("2025-03-15", "20"),
        ("2025-03-22", "20"),
        ("2025-03-29", "20"),
    ];
    assert_eq!(advised(&state, &low[..4]), Advice::NoChange, "the run would begin before the change");
    assert_eq!(advised(&state, &low), Advice::Step(5));
    assert_eq!(advised(&state, &[("2025-03-09", "401")]), Advice::Stop, "stopping never waits");
}

#[test]
fn sentence_20_a_stopped_drug_is_asked_only_for_its_own_lines() {
    let stopped = DrugState { standing: DrugStanding::Stopped, ..taken(4, "2025-03-01") };
    assert_eq!(advised(&stopped, &[("2025-03-04", "300")]), Advice::NoChange);
    assert_eq!(advised(&stopped, &[("2025-03-04", "149")]), Advice::Resume(3));
    let lowest = DrugState { standing: DrugStanding::Stopped, ..taken(1, "2025-03-01") };
    assert_eq!(advised(&lowest, &[("2025-03-04", "149")]), Advice::NoChange, "nothing lies below");
    let ended = DrugState { standing: DrugStanding::Ended, ..taken(4, "2025-03-01") };
    assert_eq!(advised(&ended, &[("2025-03-04", "20")]), Advice::NoChange);
    assert_eq!(advised(&taken(1, "2025-01-01"), &[("2025-03-04", "300")]), Advice::NoChange);
}

#[test]
fn sentence_21_people_may_step_down_or_stop_and_never_up_unproposed() {
    let state = taken(4, "2025-01-01");
    let chart = counts(&[("2025-03-01", "60")]);
    let advice = advise(ladder(), &state, &chart, "2025-03-01".parse().unwrap());
    for (wanted, allowed) in [
        (Advice::Step(3), true),
        (Advice::Step(1), true),
        (Advice::Stop, true),
        (Advice::End, true),
        (Advice::Step(5), false),
        (Advice::Step(0), false),
        (Advice::Resume(3), false),
    ] {
        assert_eq!(judge_change(ladder(), &state, &advice, wanted).is_ok(), allowed, "{wanted:?}");
    }
}

#[test]
fn sentence_21_a_refused_step_says_which_level_and_why() {
    let (state, chart) = (taken(4, "2025-01-01"), counts(&[("2025-03-01", "60")]));
    let advice = advise(ladder(), &state, &chart, "2025-03-01".parse().unwrap());
    let refused = |wanted| judge_change(ladder(), &state, &advice, wanted).unwrap_err();
    assert_eq!(refused(Advice::Step(7)), ChangeRefused::NoLevel { level: 7, highest: 6 });
    assert!(matches!(refused(Advice::Step(5)), ChangeRefused::NotProposed { level: 5, .. }));
}

#[test]
fn advice_rests_on_the_newest_result_and_on_none_older_than_a_week() {
    let low = counts(&[("2025-03-01", "40"), ("2025-03-08", "30"), ("2025-03-15", "20")]);
    let on = |day: &str| advise_on(ladder(), &taken(4, "2025-01-01"), &low, day.parse().unwrap());
    assert_eq!(on("2025-03-15").advice, Advice::Step(5));
    assert_eq!(on("2025-03-22").advice, Advice::Step(5));
    assert_eq!(on("2025-03-14").advice, Advice::NoChange, "what is not known yet advises nothing");
    let stale = on("2025-03-23");
    assert_eq!((stale.advice, stale.line), (Advice::NoChange, None));
    assert!(stale.reason.contains("2025-03-15"), "{}", stale.reason);
    assert_eq!(on("2025-02-01").advice, Advice::NoChange);
}

proptest! {
    /// The first trial can not raise at 50 or above, whatever was before.
    #[test]
    fn never_up_at_50_or_above(before in proptest::collection::vec(0_u32..600, 0..8), last in 50_u32..600, level in 1_u32..=6) {
        let mut told = chart();
        for (place, count) in before.iter().enumerate() {
            let on = jiff::civil::date(2025, 3, 1 + i8::try_from(place * 3).unwrap());
            told.facts.record(fact("platelets"), measured(&count.to_string(), "e9/L"), crate::eval::Stamp::Day(on));
        }
        told.facts.record(fact("platelets"), measured(&last.to_string(), "e9/L"), day("2025-03-28"));
        let advice = advise(ladder(), &taken(level, "2025-01-01"), &told, "2025-03-28".parse().unwrap()).advice;
        let up = matches!(advice, Advice::Step(to) if to > level);
        prop_assert!(!up);
    }
}
