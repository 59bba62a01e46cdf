//! The first trial's ladder as people use it: what is refused, and what never is.

use jiff::tz::TimeZone;

use super::*;
use crate::domain::reading::Reading;
use crate::domain::trial_files::trial;

/// Platelets in e9/L on days of March 2025.
fn chart(counts: &[(u8, &str)]) -> Chart {
    let mut chart = Chart::new("P-001", TimeZone::UTC);
    for (day, count) in counts {
        let reading = Reading {
            result: format!("r-{day}"),
            version: 1,
            trial: "pgf-msc".into(),
            subject: "P-001".into(),
            fact: "platelets".to_owned(),
            number: Some(count.parse().unwrap()),
            unit: "e9/L".to_owned(),
            taken_at: format!("2025-03-{day:02}T08:00:00Z").parse().unwrap(),
        };
        reading.note(&mut chart);
    }
    chart
}

fn day(day: u8) -> Date {
    format!("2025-03-{day:02}").parse().unwrap()
}

fn made(change: Change, on: u8) -> Made {
    Made {
        change,
        date: day(on),
        reason: "for the test".to_owned(),
        advice: String::new(),
        by: "dr".to_owned(),
        at: Timestamp::UNIX_EPOCH,
    }
}

/// Started on 1 March at the file's level, then changed.
fn drug(changes: &[(Change, u8)]) -> Drug {
    let none = Drug::not_started("pgf-msc".into(), "P-001".into(), "tpo-ra".into());
    let started = none.with(made(Change::Started(4), 1));
    changes.iter().fold(started, |drug, (change, on)| drug.with(made(*change, *on)))
}

fn judge(drug: &Drug, counts: &[(u8, &str)], change: Change, on: u8, today: u8) -> Result<(), Refusal> {
    let protocol = trial("pgf-msc");
    let ladder = protocol.regimen(&"tpo-ra".parse().unwrap()).unwrap().ladder.as_ref().unwrap();
    drug.judge(ladder, &chart(counts), (change, day(on)), day(today)).map(drop)
}

/// Two weeks under 50 after the start.
const LOW: [(u8, &str); 3] = [(2, "40"), (9, "30"), (16, "49.9")];

#[test]
fn a_step_up_needs_two_weeks_under_fifty() {
    assert_eq!(judge(&drug(&[]), &LOW, Change::Up(5), 16, 16), Ok(()));
    let not_proposed = |outcome| matches!(outcome, Err(Refusal::StepNotProposed { .. }));
    assert!(not_proposed(judge(&drug(&[]), &LOW, Change::Up(6), 16, 16)), "one level, not two");
    assert!(not_proposed(judge(&drug(&[]), &LOW[..2], Change::Up(5), 16, 16)), "one week");
    for at_fifty in ["50", "60", "199", "300", "500"] {
        let counts = [LOW[0], LOW[1], (16, at_fifty)];
        assert!(not_proposed(judge(&drug(&[]), &counts, Change::Up(5), 16, 16)), "{at_fifty}");
    }
    let risen = [LOW[0], LOW[1], LOW[2], (18, "50")];
    assert!(not_proposed(judge(&drug(&[]), &risen, Change::Up(5), 16, 18)), "the count has risen since");
}

#[test]
fn down_and_stop_are_always_allowed_and_resumption_is_not() {
    assert_eq!(judge(&drug(&[]), &LOW, Change::Down(1), 16, 16), Ok(()));
    assert_eq!(judge(&drug(&[]), &[], Change::Stopped, 16, 16), Ok(()));
    assert_eq!(judge(&drug(&[]), &[], Change::Ended, 16, 16), Ok(()));
    let stopped = drug(&[(Change::Stopped, 5)]);
    assert_eq!(judge(&stopped, &[(8, "149")], Change::Resumed(3), 8, 8), Ok(()));
    assert!(judge(&stopped, &[(8, "150")], Change::Resumed(3), 8, 8).is_err());
    assert!(judge(&stopped, &[(8, "149")], Change::Resumed(4), 8, 8).is_err(), "one level lower");
}

#[test]
fn each_change_follows_from_where_the_drug_stands() {
    let none = Drug::not_started("pgf-msc".into(), "P-001".into(), "tpo-ra".into());
    assert_eq!(judge(&none, &[], Change::Started(4), 1, 1), Ok(()));
    assert_eq!(judge(&none, &[], Change::Started(2), 1, 1), Ok(()), "lower than the file starts");
    let level = Err(Refusal::DrugLevel { found: 5, lowest: 1, highest: 4 });
    assert_eq!(judge(&none, &[], Change::Started(5), 1, 1), level);
    let (stopped, ended) = (drug(&[(Change::Stopped, 5)]), drug(&[(Change::Ended, 5)]));
    for (of, change) in [
        (&none, Change::Stopped),
        (&none, Change::Up(5)),
        (&drug(&[]), Change::Started(4)),
        (&drug(&[]), Change::Resumed(3)),
        (&stopped, Change::Down(3)),
        (&stopped, Change::Stopped),
        (&ended, Change::Started(4)),
        (&ended, Change::Resumed(3)),
        (&ended, Change::Ended),
    ] {
        let refused = judge(of, &LOW, change, 16, 16);
        assert!(matches!(refused, Err(Refusal::DrugStanding { .. })), "{change:?}: {refused:?}");
    }
    for (change, from, to) in [(Change::Up(4), 4, 4), (Change::Up(3), 4, 3), (Change::Down(5), 4, 5)] {
        let step = Err(Refusal::DrugStep { change: change.as_str(), from, to });
        assert_eq!(judge(&drug(&[]), &LOW, change, 16, 16), step);
    }
}

#[test]
fn a_change_lies_between_the_last_one_and_today() {
    let changed = drug(&[(Change::Down(3), 10)]);
    for (on, allowed) in [(9, false), (10, true), (12, true), (13, false)] {
        assert_eq!(judge(&changed, &[], Change::Stopped, on, 12).is_ok(), allowed, "{on}");
    }
}

#[test]
fn a_change_and_its_level_go_together() {
    assert_eq!(Change::from_word("up", 5), Some(Change::Up(5)));
    assert_eq!(Change::from_word("stopped", 0), Some(Change::Stopped));
    for (word, level) in [("up", 0), ("stopped", 3), ("ended", 1), ("doubled", 2), ("", 1)] {
        assert_eq!(Change::from_word(word, level), None, "{word} {level}");
    }
}
