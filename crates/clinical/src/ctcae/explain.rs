//! One line that says why a value has its grade, with the numbers it was held against.

use rust_decimal::Decimal;

use super::{Against, Bound, Rule, Scale, Term, When};

pub(super) fn line(
    scale: &Scale,
    term: &Term,
    value: Decimal,
    against: &Against,
    grade: Option<u8>,
    rule: Option<&Rule>,
) -> String {
    let unit = term.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let said = match (grade, rule) {
        (Some(grade), Some(rule)) => {
            format!(
                "grade {grade}: {value}{unit} is {}{}",
                bound(rule.bound, against),
                when(rule.when, against)
            )
        }
        (Some(_), None) => format!("grade 0: {value}{unit} reaches no grade"),
        (None, _) => format!("not gradable: {} is missing", missing(term, against)),
    };
    format!("{}, {}, {said}", scale.name, term.name)
}

fn bound(bound: Bound, against: &Against) -> String {
    let number = |limit: Option<Decimal>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    let (lower, upper, baseline) = (number(against.lower), number(against.upper), number(against.baseline));
    match bound {
        Bound::Below(limit) => format!("below {limit}"),
        Bound::AtMost(limit) => format!("at most {limit}"),
        Bound::BelowNormal => format!("below the lower limit of normal {lower}"),
        Bound::TimesLower(times) => format!("below {times} times the lower limit of normal {lower}"),
        Bound::Fallen(percent) => {
            format!("below normal {lower} and {percent} % or more below the baseline {baseline}")
        }
        Bound::Above(limit) => format!("above {limit}"),
        Bound::TimesUpper(times) if times == Decimal::ONE => {
            format!("above the upper limit of normal {upper}")
        }
        Bound::TimesUpper(times) => format!("above {times} times the upper limit of normal {upper}"),
        Bound::BeyondUpper(more) => format!("by more than {more} above the upper limit of normal {upper}"),
        Bound::TimesBaseline(times) => format!("above {times} times the baseline {baseline}"),
        Bound::ReachesBaseline(times) => format!("at least {times} times the baseline {baseline}"),
    }
}

fn when(when: When, against: &Against) -> &'static str {
    match (when, against.symptoms, against.anticoagulated) {
        (When::Always | When::NormalBaseline, ..) => "",
        (When::HighBaseline, ..) => ", the baseline being above normal",
        (When::Silent, ..) => ", without symptoms",
        (When::Symptoms, Some(_), _) => ", with symptoms",
        (When::Symptoms, None, _) => ", with symptoms, which nobody has ruled out",
        (When::Anticoagulated, _, Some(_)) => ", on anticoagulation",
        (When::Anticoagulated, _, None) => ", on anticoagulation, which nobody has ruled out",
    }
}

fn missing(term: &Term, against: &Against) -> &'static str {
    let needs = |bound: fn(&Bound) -> bool| term.rules.iter().any(|rule| bound(&rule.bound));
    let by_lower =
        |bound: &Bound| matches!(bound, Bound::BelowNormal | Bound::TimesLower(_) | Bound::Fallen(_));
    let by_upper = |bound: &Bound| matches!(bound, Bound::TimesUpper(_) | Bound::BeyondUpper(_));
    if against.lower.is_none() && needs(by_lower) {
        "the laboratory's lower limit of normal"
    } else if against.upper.is_none() && needs(by_upper) {
        "the laboratory's upper limit of normal"
    } else {
        "the value before treatment"
    }
}
