//! Every scalar reads what it writes, and refuses what is near to right.

use proptest::prelude::*;

use super::*;

fn round<T: Scalar + std::fmt::Display + PartialEq + std::fmt::Debug>(text: &str) -> T {
    let value = T::whole(text).unwrap_or_else(|error| panic!("{error}"));
    let again = T::whole(&value.to_string()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value, again, "{text} -> {value}");
    value
}

fn same<T: Scalar + std::fmt::Display + PartialEq + std::fmt::Debug>(texts: &[&str]) {
    for text in texts {
        assert_eq!(round::<T>(text).to_string(), *text);
    }
}

fn refused<T: Scalar + std::fmt::Debug>(texts: &[&str]) {
    for text in texts {
        assert!(T::whole(text).is_err(), "{text:?} is no {}", T::NAME);
    }
}

#[test]
fn scalars_of_the_format_page_read_back_as_written() {
    same::<Span>(&["1 week", "30 days", "6 hours", "2 months", "4.5 months", "0.5 hours"]);
    same::<Interval>(&["1 week", "3..5 days"]);
    same::<Moment>(&[
        "transplant",
        "each dose",
        "dose 1",
        "end of study",
        "2 weeks after dose",
        "6 months before dose 1",
    ]);
    same::<PhaseEnd>(&["24 hours", "reconstitution", "1 year after transplant"]);
    same::<CollectEnd>(&["no end", "24 hours", "end of study"]);
    same::<Within>(&["2 weeks after dose", "28 days after last-dose"]);
    same::<First>(&["within 7 days after randomization", "within 1 month after run-in"]);
    same::<Window>(&["±1 day", "±10 minutes"]);
    same::<Tolerance>(&["±10 %"]);
    same::<Percent>(&["10 %", "0 %"]);
    same::<Dose>(&[
        "1e6 cells/kg",
        "5..10 ug/kg/day",
        "250 mg/m2",
        "1e8 cells",
        "whole product",
        "as needed",
        "to be entered",
        "300 U/kg/day",
        "1 tablet/day",
        "0.8 mg/kg",
        "50000 cells/uL",
        "15e6 cells",
        "2 ml",
    ]);
    same::<Level>(&["20 mg 1 per week", "40 mg 3 per week + 20 mg 4 per week"]);
    same::<Late>(&["skip", "shift, at least 5 days apart, at most 10 days"]);
    same::<Weigh>(&["on the day", "within 7 days before dose"]);
    same::<RunFor>(&["7 consecutive days", "2 weeks"]);
    same::<Without>(&["platelet-transfusion", "red-cell-transfusion for 7 days"]);
    same::<Scale>(&["CTCAE 5.0"]);
    same::<Cadence>(&["per-week", "per-2-weeks", "per-6-months"]);
    same::<Line>(&[
        "once",
        "as needed",
        "once, optional",
        "2 per week in month 1",
        "1 per 2 weeks in month 3",
        "1-2 per week",
        "at least 1 per month",
        "1 per month, waivable",
        "1 per year from year 3",
        "1 per 3 months in year 2..3",
        "at month 1, 2, 3, 4.5, 6, 9, 12 after transplant",
        "at month -6, -3 after dose 1",
        "at minute 0, 15, 30, 60",
    ]);
}

#[test]
fn what_is_near_to_right_is_refused() {
    refused::<Span>(&[
        "",
        "week",
        "1week",
        "1  week",
        " 1 week",
        "1 week ",
        "-1 week",
        "1 fortnight",
        "1. week",
        "1e2 days",
        "99999999999999999999999999999 years",
        "20000 years",
    ]);
    refused::<Interval>(&["5..3 days", "3.. days", "3..5"]);
    refused::<Moment>(&["", "2 weeks", "2 weeks of dose", "dose one", "dose 99999999999", "a b"]);
    refused::<Within>(&["2 weeks", "after dose", "2 weeks before dose"]);
    refused::<First>(&["7 days after randomization", "within 7 days after "]);
    refused::<Window>(&["1 day", "±", "+1 day"]);
    refused::<Percent>(&["10%", "10", "10.5 %", "-10 %"]);
    refused::<Dose>(&[
        "1e6/kg",
        "1e6 cells/kg/week",
        "10..5 mg",
        "1e99 cells",
        "mg",
        "1e6",
        "5 ml/h",
        "-5 mg",
        "whole",
    ]);
    refused::<Level>(&["20 mg", "20 mg 3 per", "20 ml 3 per week", "20 mg 3 per week +"]);
    refused::<Late>(&[
        "shift",
        "skip it",
        "shift, at least 5 days apart",
        "shift, at least x days apart, at most 10 days",
    ]);
    refused::<Weigh>(&["daily", "within 7 days", "within 7 days after dose"]);
    refused::<RunFor>(&["7 days in a row", "consecutive days"]);
    refused::<Without>(&["", "blood for", "blood for ever"]);
    refused::<Scale>(&["CTCAE", "CTCAE 5", "CTCAE v5.0", "CTCAE 50.0"]);
    refused::<Cadence>(&["week", "per-", "per-fortnight"]);
    refused::<Line>(&[
        "daily",
        "1 per",
        "at month",
        "at month 1,2",
        "twice",
        "2-1 per week",
        "1 per 0 weeks",
        "1 per week in hour 1",
        "once, perhaps",
        "1 per month from week 2",
    ]);
}

#[test]
fn months_are_calendar_and_half_ones_are_fifteen_days() {
    let span: Span = round("4.5 months");
    assert_eq!(span.calendar(), Some(CalendarSpan { months: 4, days: 15 }));
    assert_eq!(span.exact(), None);
    assert_eq!(round::<Span>("1.5 years").calendar(), Some(CalendarSpan { months: 18, days: 0 }));
    assert_eq!(round::<Span>("2 weeks").exact().map(|exact| exact.as_hours()), Some(14 * 24));
    assert_eq!(round::<Span>("2 weeks").calendar(), None);
}

fn span() -> impl Strategy<Value = String> {
    let number = prop_oneof![(0..5_000_u32).prop_map(|n| n.to_string()), "[0-9]{1,3}\\.[0-9]{1,2}"];
    let unit = prop::sample::select(SpanUnit::ALL.to_vec());
    (number, unit, any::<bool>())
        .prop_map(|(number, unit, s)| format!("{number} {unit}{}", if s { "s" } else { "" }))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_read_back(text in span()) {
        round::<Span>(&text);
        round::<PhaseEnd>(&text);
        round::<Window>(&format!("±{text}"));
        round::<RunFor>(&text);
        round::<Weigh>(&format!("within {text} before dose"));
        round::<Moment>(&format!("{text} after last-dose"));
        round::<Within>(&format!("{text} after dose 3"));
        round::<Without>(&format!("transfusion for {text}"));
        round::<First>(&format!("within {text} after x"));
    }

    #[test]
    fn amounts_read_back(mantissa in 0..1_000_000_u32, power in 0..15_u32) {
        let amount: Amount = round(&format!("{mantissa}e{power}"));
        prop_assert_eq!(amount.value(), rust_decimal::Decimal::from(u128::from(mantissa) * 10_u128.pow(power)));
    }

    #[test]
    fn doses_read_back(
        low in 0..100_u32, more in 0..100_u32, unit in "cells|ug|mg|g|U|ml|uL|tablet", per in "(/kg|/m2|/uL)?", day in "(/day)?"
    ) {
        round::<Dose>(&format!("{low}..{} {unit}{per}{day}", low + more));
        round::<Dose>(&format!("{low}.{more} {unit}{per}{day}"));
    }

    #[test]
    fn lines_read_back(
        least in 0..30_u32, more in 0..5_u32, number in 1..13_u32, first in 1..40_u32, last in 0..9_u32,
        unit in "day|week|month|year", duty in "(, optional|, waivable)?", at_least in "(at least )?"
    ) {
        round::<Line>(&format!("{at_least}{least}-{} per {number} {unit}s in month {first}..{}{duty}", least + more, first + last));
        round::<Line>(&format!("{least} per {unit} from year {first}{duty}"));
        round::<Line>(&format!("at {unit} -{first}, {last}.5 after transplant{duty}"));
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}") {
        let _ = (Span::whole(&text), Moment::whole(&text), Dose::whole(&text), Line::whole(&text));
        let _ = (Level::whole(&text), Late::whole(&text), Interval::whole(&text), Scale::whole(&text));
    }
}
