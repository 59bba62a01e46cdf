//! Which cohort is open, and whether a first dose may be given in it (semantics 41).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::time::{after, instant_in_words};
use super::truth::Truth;
use crate::ids::CohortId;
use crate::model::{Cohort, Escalation, EscalationRule, Role, Stagger};

/// One subject of a cohort, as the escalation sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treated {
    /// When what `next.after` names was, such as the last dose; none while it is still to come.
    pub completed: Option<Timestamp>,
    /// Whether what `next.with = "no ..."` names has happened to the subject.
    pub toxicity: Truth,
}

/// What is known of an escalation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The subjects of each cohort that were started.
    pub treated: BTreeMap<CohortId, Vec<Treated>>,
    /// The roles that have decided that a cohort may open.
    pub decided: BTreeMap<CohortId, BTreeSet<Role>>,
}

/// Where an escalation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// This cohort takes subjects.
    Open(CohortId),
    /// This cohort is full, or its subjects are still observed.
    Observing {
        /// The cohort.
        cohort: CohortId,
        /// What it waits for.
        waits: Vec<String>,
    },
    /// The next cohort waits for people.
    Deciding {
        /// The cohort that would open.
        next: CohortId,
        /// Who has not decided yet.
        roles: Vec<Role>,
    },
    /// Too much toxicity: no further dose at this level or above.
    Stopped {
        /// The cohort.
        at: CohortId,
        /// The highest cohort that was tolerated; none when it was the first.
        tolerated: Option<CohortId>,
    },
    /// All cohorts are done.
    Complete,
}

/// Where the escalation stands at a moment: cohorts are gone through in their order.
pub fn level(
    escalation: &Escalation,
    cohorts: &crate::Blocks<CohortId, Cohort>,
    progress: &Progress,
    now: Timestamp,
    zone: &TimeZone,
) -> Level {
    for (place, id) in escalation.order.iter().enumerate() {
        if place > 0 {
            let roles = undecided(escalation, progress, id);
            if !roles.is_empty() {
                return Level::Deciding { next: id.clone(), roles };
            }
        }
        let treated = progress.treated.get(id).map_or(&[][..], Vec::as_slice);
        let size = cohorts.get(id).and_then(|cohort| cohort.size);
        let standing = match escalation.rule {
            EscalationRule::Sequential => {
                sequential(escalation, treated, size.map(|size| size.most), now, zone)
            }
            EscalationRule::ThreePlusThree => three_plus_three(escalation, treated, now, zone),
        };
        match standing {
            Outcome::Passed => {}
            Outcome::TakesMore => return Level::Open(id.clone()),
            Outcome::Waits(waits) => return Level::Observing { cohort: id.clone(), waits },
            Outcome::Stops => {
                let below = place.checked_sub(1).and_then(|below| escalation.order.get(below));
                return Level::Stopped { at: id.clone(), tolerated: below.cloned() };
            }
        }
    }
    Level::Complete
}

enum Outcome {
    Passed,
    TakesMore,
    Waits(Vec<String>),
    Stops,
}

fn undecided(escalation: &Escalation, progress: &Progress, next: &CohortId) -> Vec<Role> {
    let gates = escalation.gates.iter().filter(|gate| gate.before == *next).flat_map(|gate| &gate.decide);
    let wanted: BTreeSet<Role> = escalation.decide.iter().chain(gates).copied().collect();
    let decided = progress.decided.get(next);
    wanted.into_iter().filter(|role| !decided.is_some_and(|decided| decided.contains(role))).collect()
}

/// Those observed long enough, with their toxicity.
fn observed<'a>(
    escalation: &'a Escalation,
    treated: &'a [Treated],
    now: Timestamp,
    zone: &'a TimeZone,
) -> impl Iterator<Item = &'a Treated> {
    treated.iter().filter(move |subject| {
        let until = subject.completed.map(|done| match escalation.next.observed {
            Some(span) => after(done, span, zone),
            None => done,
        });
        until.is_some_and(|until| until <= now)
    })
}

fn sequential(
    escalation: &Escalation,
    treated: &[Treated],
    most: Option<u32>,
    now: Timestamp,
    zone: &TimeZone,
) -> Outcome {
    let wanted = escalation.next.completed.or(most).unwrap_or(1);
    let clean = |subject: &&Treated| escalation.next.without.is_none() || subject.toxicity == Truth::False;
    let done = count(observed(escalation, treated, now, zone).filter(clean));
    if done >= wanted && count(treated.iter().filter(|subject| !clean(subject))) == 0 {
        return Outcome::Passed;
    }
    if most.is_none_or(|most| count(treated.iter()) < most) {
        return Outcome::TakesMore;
    }
    let mut waits = vec![format!("{done} of {wanted} subjects are done and observed")];
    let toxic = count(treated.iter().filter(|subject| !clean(subject)));
    if toxic > 0 {
        waits.push(format!("{toxic} subjects have, or may have, what must not have happened"));
    }
    Outcome::Waits(waits)
}

/// 0 of 3 up; 1 of 3 to 6; at most 1 of 6 up; 2 stop. Unknown toxicity waits.
fn three_plus_three(
    escalation: &Escalation,
    treated: &[Treated],
    now: Timestamp,
    zone: &TimeZone,
) -> Outcome {
    let (given, done) = (count(treated.iter()), count(observed(escalation, treated, now, zone)));
    let toxic = count(treated.iter().filter(|subject| subject.toxicity == Truth::True));
    let open = count(treated.iter().filter(|subject| subject.toxicity == Truth::Unknown));
    match (given, done, toxic) {
        (_, _, 2..) => Outcome::Stops,
        _ if open > 0 && toxic + open >= 2 => {
            Outcome::Waits(vec![format!("{open} toxicities are not judged")])
        }
        (0..3, _, _) => Outcome::TakesMore,
        (3, 3, 0) if open == 0 => Outcome::Passed,
        (3..6, 3.., 1) => Outcome::TakesMore,
        (6.., 6.., _) if open == 0 => Outcome::Passed,
        _ => Outcome::Waits(vec![format!("{done} of {given} subjects are observed")]),
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

/// Whether a first dose may be given: in the open cohort, and so long after the first doses of others.
///
/// # Errors
/// Why it is refused.
pub fn first_dose(
    stagger: Option<&Stagger>,
    level: Option<&Level>,
    cohort: Option<&CohortId>,
    first_doses_of_others: &[Timestamp],
    at: Timestamp,
    zone: &TimeZone,
) -> Result<(), String> {
    if let Some(level) = level {
        let open = matches!((level, cohort), (Level::Open(open), Some(own)) if open == own);
        if !open {
            let own = cohort.map_or("no cohort".to_owned(), |own| format!("cohort {own}"));
            return Err(format!("{own} is not open"));
        }
    }
    let Some(stagger) = stagger else { return Ok(()) };
    let near =
        |other: &&Timestamp| at < after(**other, stagger.gap, zone) && **other < after(at, stagger.gap, zone);
    match first_doses_of_others.iter().filter(near).max() {
        Some(other) => {
            let other = instant_in_words(*other, zone);
            Err(format!("within {} of the first dose of another subject ({other})", stagger.gap))
        }
        None => Ok(()),
    }
}
