//! Every trial of the house: ordinary events wake nothing, the suspending one wakes its rule.

use holdpoint_clinical::Quantity;
use holdpoint_protocol::eval::{Chart, Facts, Occasion, Stamp, Truth, Value, rules};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::trial_file;

const DAY: i64 = 86_400;

fn at(day: i64) -> Stamp {
    Stamp::Instant(Timestamp::from_second(1_780_000_000 + day * DAY).unwrap())
}

fn facts(adverse: &Adverse) -> Facts {
    adverse.facts.iter().fold(Facts::new(), |facts, (id, drawn)| {
        let value = match drawn {
            Drawn::Number(number) => Value::Number(Quantity::pure(*number)),
            Drawn::Yes(yes) => Value::Yes(*yes),
            Drawn::Word(word) => Value::Word(word.parse().unwrap()),
            Drawn::Words(words) => Value::Words(words.iter().map(|word| word.parse().unwrap()).collect()),
            Drawn::Since(..) => panic!("no fact of an adverse event counts from an event"),
        };
        facts.with(id.clone(), value, at(5))
    })
}

/// The rules that do something, of a subject with two doses, five days after the second.
fn woken(protocol: &Protocol, adverse: &Adverse) -> Vec<String> {
    let chart = Chart { doses: vec![at(-7), at(0)], ..Chart::new("P-001", TimeZone::UTC) };
    let (facts, event) = (facts(adverse), ADVERSE_EVENT.parse().unwrap());
    let occasion = Occasion {
        cause: "AE-1",
        event: &event,
        at: at(5),
        truth: Truth::True,
        facts: &facts,
        chart: &chart,
    };
    let verdicts = protocol.rules.values().filter_map(|rule| rules::ask(protocol, rule, &occasion, &[], &[]));
    verdicts.filter(rules::RuleVerdict::fires).map(|verdict| verdict.rule.to_string()).collect()
}

#[test]
fn ordinary_events_wake_no_rule_of_any_trial() {
    for trial in trial_file::known() {
        let protocol = trial_file::read(trial).unwrap().protocol().unwrap();
        for seed in 0..20 {
            let adverse = ordinary(&protocol, &mut Chance::of(seed, "ordinary")).unwrap();
            assert_eq!(woken(&protocol, &adverse), Vec::<String>::new(), "{trial}: {adverse:?}");
        }
    }
}

#[test]
fn the_suspending_event_wakes_the_rule_it_was_made_for() {
    let mut played = 0;
    for trial in trial_file::known() {
        let protocol = trial_file::read(trial).unwrap().protocol().unwrap();
        let Some(rule) = suspending_rule(&protocol) else { continue };
        let adverse = suspending(&protocol, &mut Chance::of(1, "suspending")).unwrap();
        let woken = woken(&protocol, &adverse);
        assert!(woken.contains(&rule.id.to_string()), "{trial}: {woken:?} by {adverse:?}");
        played += 1;
    }
    assert!(played > 0);
}
