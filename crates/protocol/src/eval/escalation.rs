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
    let decided = progress.decided.get(next);
    deciders(escalation, next)
        .into_iter()
        .filter(|role| !decided.is_some_and(|decided| decided.contains(role)))
        .collect()
}

/// Until when a subject is observed; none while what it is observed from is still to come.
fn observed_until(escalation: &Escalation, subject: &Treated, zone: &TimeZone) -> Option<Timestamp> {
    subject.completed.map(|done| match escalation.next.observed {
        Some(span) => after(done, span, zone),
        None => done,
    })
}

/// Those observed long enough, with their toxicity.
fn observed<'a>(
    escalation: &'a Escalation,
    treated: &'a [Treated],
    now: Timestamp,
    zone: &'a TimeZone,
) -> impl Iterator<Item = &'a Treated> {
    treated
        .iter()
        .filter(move |subject| observed_until(escalation, subject, zone).is_some_and(|until| until <= now))
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

/// How many places a cohort has at this moment: its size, and in a 3+3 three, or six once a toxicity happened or may
/// have. None where the file sets no limit.
pub fn places(
    escalation: Option<&Escalation>,
    cohorts: &crate::Blocks<CohortId, Cohort>,
    progress: &Progress,
    cohort: &CohortId,
) -> Option<u32> {
    let most = cohorts.get(cohort).and_then(|cohort| cohort.size).map(|size| size.most);
    if escalation.is_none_or(|escalation| escalation.rule != EscalationRule::ThreePlusThree) {
        return most;
    }
    let treated = progress.treated.get(cohort).map_or(&[][..], Vec::as_slice);
    let clean = treated.iter().all(|subject| subject.toxicity == Truth::False);
    let step = if clean { 3 } else { 6 };
    Some(most.map_or(step, |most| most.min(step)))
}

/// What a cohort lacks before the next may open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// In sentences; empty where nothing is lacking.
    pub words: Vec<String>,
    /// When time alone will have mended it; none where something else must happen.
    pub earliest: Option<Timestamp>,
}

/// What this cohort lacks before the next may open.
pub fn lacks(
    escalation: &Escalation,
    cohorts: &crate::Blocks<CohortId, Cohort>,
    progress: &Progress,
    cohort: &CohortId,
    now: Timestamp,
    zone: &TimeZone,
) -> Lacks {
    let treated = progress.treated.get(cohort).map_or(&[][..], Vec::as_slice);
    let toxic = |truth| count(treated.iter().filter(|subject| subject.toxicity == truth));
    let size = cohorts.get(cohort).and_then(|cohort| cohort.size).map(|size| size.most);
    let wanted = match escalation.rule {
        EscalationRule::Sequential => escalation.next.completed.or(size).unwrap_or(1),
        EscalationRule::ThreePlusThree if toxic(Truth::True) + toxic(Truth::Unknown) == 0 => 3,
        EscalationRule::ThreePlusThree => 6,
    };
    let observing =
        escalation.next.observed.map(|span| format!(" and observed for {span}")).unwrap_or_default();
    let mut lacks = Lacks::default();
    let done = count(observed(escalation, treated, now, zone));
    if done < wanted {
        lacks.words.push(format!("{done} of {wanted} subjects of cohort {cohort} are done{observing}"));
        lacks.earliest = nth_observed(escalation, treated, wanted, zone);
    }
    let what = escalation.next.without.as_ref().map_or("toxicity".to_owned(), ToString::to_string);
    for (truth, words) in [(Truth::True, "with"), (Truth::Unknown, "possibly with")] {
        let found = toxic(truth);
        if found > 0 && (escalation.next.without.is_some() || escalation.rule != EscalationRule::Sequential) {
            lacks.words.push(format!("cohort {cohort}: {found} {words} {what}"));
            lacks.earliest = None;
        }
    }
    lacks
}

/// When so many will have been observed, where enough of them are done.
fn nth_observed(
    escalation: &Escalation,
    treated: &[Treated],
    wanted: u32,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let mut ends: Vec<Timestamp> =
        treated.iter().filter_map(|subject| observed_until(escalation, subject, zone)).collect();
    ends.sort_unstable();
    ends.get(usize::try_from(wanted).ok()?.checked_sub(1)?).copied()
}

/// The parties whose decision a cohort needs before it opens: those of the escalation and of its own gates.
pub fn deciders(escalation: &Escalation, cohort: &CohortId) -> BTreeSet<Role> {
    let gates = escalation.gates.iter().filter(|gate| gate.before == *cohort).flat_map(|gate| &gate.decide);
    escalation.decide.iter().chain(gates).copied().collect()
}

/// From when on the first dose of a further subject may be given; none where the file keeps none apart, or none was given.
pub fn earliest_first_dose(
    stagger: Option<&Stagger>,
    first_doses_of_others: &[Timestamp],
    zone: &TimeZone,
) -> Option<Timestamp> {
    let gap = stagger?.gap;
    first_doses_of_others.iter().map(|other| after(*other, gap, zone)).max()
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
            let earliest = instant_in_words(after(*other, stagger.gap, zone), zone);
            let other = instant_in_words(*other, zone);
            Err(format!(
                "within {} of the first dose of another subject ({other}); not before {earliest}",
                stagger.gap
            ))
        }
        None => Ok(()),
    }
}
