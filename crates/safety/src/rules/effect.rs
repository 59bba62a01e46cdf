//! What a rule's answer asks safety to do: the file's effects as holds of safety's own kinds, measures on a subject,
//! and words to people. protocols README 3.3 (verbs) and sentences 3 to 5; holds.md "Who may place and release".

use std::collections::BTreeSet;

use holdpoint_protocol::eval::effect::{self as eval, Effect, HoldEffect, HoldScope, Standing};
use holdpoint_protocol::model::{Rule, Verb};

use crate::domain::hold::{Assessed, FinalKind, HoldKind};
use crate::domain::scope::{Activity, Placement, Scope};

/// A hold that an answer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToPlace {
    /// What is covered.
    pub scope: Scope,
    /// What is stopped there.
    pub activities: BTreeSet<Activity>,
    /// What ends it.
    pub kind: HoldKind,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Hold, once for the rule and its cause.
    Hold(ToPlace),
    /// Tell the services of the rule's own verb on the subject.
    Measure(&'static str),
    /// Ask people.
    Tell {
        /// Somebody must act at once.
        critical: bool,
        /// What is asked.
        words: String,
    },
}

/// What the effects of a rule ask to do. Holds of one scope and kind are one hold.
pub fn acts(rule: &Rule, effects: &[Effect], pending: bool, subject: Option<&Placement>) -> Vec<Act> {
    let mut holds: Vec<ToPlace> = vec![];
    let mut others = vec![];
    for effect in effects {
        match effect {
            Effect::Hold(hold) => join(&mut holds, to_place(rule, hold, subject)),
            Effect::WithdrawSubject => others.push(Act::Measure("withdraw subject")),
            Effect::FailScreening => {
                others.push(Act::Measure("fail screening"));
                if let Some(subject) = subject {
                    join(&mut holds, never_allocated(subject));
                }
            }
            Effect::Ask(verb) => {
                let critical = *verb == Verb::ConveneSafetyBoard;
                others.push(Act::Tell { critical, words: verb.to_string() });
            }
        }
    }
    if !pending && !effects.is_empty() && rule.then.contains(&Verb::StopDosing) {
        others.push(Act::Measure("stop dosing"));
    }
    holds.into_iter().map(Act::Hold).chain(others).collect()
}

/// Who fails screening is never allocated, and enrollment need not have heard of it for that to be so.
fn never_allocated(subject: &Placement) -> ToPlace {
    ToPlace {
        scope: Scope::Subject(subject.subject.clone()),
        activities: BTreeSet::from([Activity::Randomization, Activity::Dosing]),
        kind: HoldKind::Permanent,
    }
}

fn join(holds: &mut Vec<ToPlace>, hold: ToPlace) {
    match holds.iter_mut().find(|known| known.scope == hold.scope && known.kind == hold.kind) {
        Some(known) => known.activities.extend(hold.activities),
        None => holds.push(hold),
    }
}

fn to_place(rule: &Rule, hold: &HoldEffect, subject: Option<&Placement>) -> ToPlace {
    let activities = hold.activities.iter().map(|one| activity(*one)).collect();
    ToPlace { scope: scope(hold.scope, subject), activities, kind: kind(rule, hold) }
}

fn activity(activity: eval::Activity) -> Activity {
    match activity {
        eval::Activity::Randomization => Activity::Randomization,
        eval::Activity::FirstDose => Activity::FirstDose,
        eval::Activity::Dosing => Activity::Dosing,
    }
}

fn kind(rule: &Rule, hold: &HoldEffect) -> HoldKind {
    match hold.kind {
        eval::HoldKind::PendingAssessment => {
            HoldKind::PendingAssessment { if_true: if_true(rule, hold), assessed: Assessed::Open }
        }
        eval::HoldKind::PendingBoardDecision => HoldKind::PendingBoardDecision,
        eval::HoldKind::DoseReductionRequired => HoldKind::DoseReductionRequired,
        eval::HoldKind::Permanent => HoldKind::Permanent,
    }
}

/// What an assessment that finds the rule true makes of a pending hold. One that reaches further than the subject
/// never becomes permanent by data (sentence 5): it then waits for the board.
fn if_true(rule: &Rule, pending: &HoldEffect) -> FinalKind {
    let finals = eval::effects(rule, Standing::Final, false);
    let last = finals.iter().find_map(|effect| match effect {
        Effect::Hold(hold) if hold.scope == pending.scope => Some(hold.kind),
        _ => None,
    });
    match last {
        Some(eval::HoldKind::DoseReductionRequired) => FinalKind::DoseReductionRequired,
        Some(eval::HoldKind::Permanent) if pending.scope == HoldScope::Subject => FinalKind::Permanent,
        None if pending.scope == HoldScope::Subject => FinalKind::Permanent,
        _ => FinalKind::PendingBoardDecision,
    }
}

/// Whom a rule reaches. A cohort or subject that is not known reaches the whole trial: unknown is not safe.
fn scope(scope: HoldScope, subject: Option<&Placement>) -> Scope {
    match (scope, subject) {
        (HoldScope::Subject, Some(placement)) => Scope::Subject(placement.subject.clone()),
        (HoldScope::Cohort, Some(placement)) => {
            placement.cohorts.first().map_or(Scope::Trial, |cohort| Scope::Cohort(cohort.clone()))
        }
        _ => Scope::Trial,
    }
}
