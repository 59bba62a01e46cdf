//! The trial files of the repository, and short words for facts, events and times.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use holdpoint_clinical::Quantity;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Protocol;
use crate::eval::{Chart, Facts, Occasion, Stamp, Truth, Value, rules};
use crate::ids::{EventId, FactId};
use crate::model::Role;

macro_rules! dictionary {
    ($name:literal) => {
        (
            $name.to_owned(),
            include_str!(concat!("../../../../../deploy/protocols/dictionary/", $name, ".toml")).to_owned(),
        )
    };
}

macro_rules! trial {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../../deploy/protocols/", $name, ".toml")))
    };
}

pub(super) const TRIALS: [(&str, &str); 6] = [
    trial!("pgf-msc"),
    trial!("nct01609283"),
    trial!("nct01348451"),
    trial!("nct01494480"),
    trial!("nct02881489"),
    trial!("nct02987413"),
];

static LOADED: LazyLock<BTreeMap<&'static str, Protocol>> =
    LazyLock::new(|| TRIALS.into_iter().map(|(name, text)| (name, changed(text, &[]))).collect());

pub(super) fn trial(name: &str) -> &'static Protocol {
    LOADED.get(name).unwrap()
}

/// The first trial with some of its lines written differently.
pub(super) fn pgf_with(changes: &[(&str, &str)]) -> Protocol {
    changed(TRIALS[0].1, changes)
}

pub(super) fn changed(text: &str, changes: &[(&str, &str)]) -> Protocol {
    let dictionaries: BTreeMap<String, String> =
        [dictionary!("common"), dictionary!("hsct"), dictionary!("als"), dictionary!("ich")].into();
    let mut text = text.to_owned();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from:?} stands once in the file");
        text = text.replace(from, to);
    }
    match crate::load("trial.toml", &text, &dictionaries) {
        Ok(protocol) => protocol,
        Err(findings) => panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>()),
    }
}

pub(super) fn fact(id: &str) -> FactId {
    id.parse().unwrap()
}

pub(super) fn event(id: &str) -> EventId {
    id.parse().unwrap()
}

pub(super) fn word(word: &str) -> Value {
    Value::Word(word.parse().unwrap())
}

pub(super) fn words(words: &[&str]) -> Value {
    Value::Words(words.iter().map(|word| word.parse().unwrap()).collect())
}

pub(super) fn number(text: &str) -> Value {
    Value::pure(text.parse::<rust_decimal::Decimal>().unwrap())
}

pub(super) fn measured(text: &str, unit: &str) -> Value {
    Value::Number(Quantity::new(text.parse().unwrap(), unit.parse().unwrap()))
}

/// China's time: eight hours ahead, without summer time.
pub(super) fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// A civil time at the site: `2025-03-01 10:00`, with seconds and fractions where wanted.
pub(super) fn instant(civil: &str) -> Timestamp {
    let civil: jiff::civil::DateTime = civil.parse().unwrap();
    civil.to_zoned(zone()).unwrap().timestamp()
}

pub(super) fn at(civil: &str) -> Stamp {
    Stamp::Instant(instant(civil))
}

pub(super) fn day(date: &str) -> Stamp {
    Stamp::Day(date.parse().unwrap())
}

pub(super) fn chart() -> Chart {
    Chart::new("P-017", zone())
}

/// A subject with doses at these times.
pub(super) fn dosed(doses: &[&str]) -> Chart {
    Chart { doses: doses.iter().map(|dose| at(dose)).collect(), ..chart() }
}

/// The facts of an adverse event.
pub(super) fn facts(given: &[(&str, Value, Stamp)]) -> Facts {
    given.iter().fold(Facts::new(), |facts, (id, value, at)| facts.with(fact(id), value.clone(), *at))
}

pub(super) fn occasion<'a>(id: &'a EventId, at: Stamp, facts: &'a Facts, chart: &'a Chart) -> Occasion<'a> {
    Occasion { cause: "AE-1", event: id, at, truth: Truth::True, facts, chart }
}

/// What one rule of a trial says of an adverse event.
pub(super) fn ask_rule(
    protocol: &Protocol,
    rule: &str,
    onset: Stamp,
    facts: &Facts,
    chart: &Chart,
) -> rules::RuleVerdict {
    let adverse_event = event("adverse-event");
    ask_on(protocol, rule, &occasion(&adverse_event, onset, facts, chart), &[], &[])
}

pub(super) fn ask_on(
    protocol: &Protocol,
    rule: &str,
    occasion: &Occasion<'_>,
    peers: &[Occasion<'_>],
    signed: &[Role],
) -> rules::RuleVerdict {
    let rule = protocol.rule(&rule.parse().unwrap()).unwrap();
    rules::ask(protocol, rule, occasion, peers, signed).expect("the occasion wakes the rule")
}
