//! What a rule that holds does: its verbs as holds with scope, activities and kind, and as things asked of
//! people (format 3.3; holds.md).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Rule, RuleScope, Verb};

/// What a hold stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Every allocation: by list, by cohort or by choice.
    Randomization,
    /// The first dose of a subject.
    FirstDose,
    /// Every dose; covers the first.
    Dosing,
}

/// How a hold ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// A recorded assessment, then people.
    PendingAssessment,
    /// The board's decision.
    PendingBoardDecision,
    /// The board's decision on a lower dose.
    DoseReductionRequired,
    /// Never.
    Permanent,
}

/// Whom a hold covers, of the subject that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldScope {
    /// The subject.
    Subject,
    /// The subject's cohort; where the cohort is not known, the trial.
    Cohort,
    /// The trial.
    Trial,
}

/// A hold to place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldEffect {
    /// Whom.
    pub scope: HoldScope,
    /// What.
    pub activities: BTreeSet<Activity>,
    /// How it ends.
    pub kind: HoldKind,
}

/// One thing that a rule does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Places a hold.
    Hold(HoldEffect),
    /// Ends the subject's study.
    WithdrawSubject,
    /// Ends a registration that was never allocated.
    FailScreening,
    /// Asks people: convene, notify, propose, treat. Stops nothing.
    Ask(Verb),
}

/// How firmly a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It is true.
    Final,
    /// It is unknown, or true only through an empty field: pending assessment (semantics 3).
    Pending,
}

impl From<RuleScope> for HoldScope {
    fn from(scope: RuleScope) -> Self {
        match scope {
            RuleScope::Subject => Self::Subject,
            RuleScope::Cohort => Self::Cohort,
            RuleScope::Trial => Self::Trial,
        }
    }
}

/// All that a rule does, in the order of its verbs. Nothing terminates a trial unless a person has signed.
pub fn effects(rule: &Rule, standing: Standing, signed: bool) -> Vec<Effect> {
    let mut effects: Vec<Effect> = Vec::new();
    for verb in &rule.then {
        let of_verb = match standing {
            Standing::Final => when_final(verb, rule, signed),
            Standing::Pending => when_pending(verb, rule),
        };
        for effect in of_verb {
            if !effects.contains(&effect) {
                effects.push(effect);
            }
        }
    }
    effects
}

fn hold(scope: HoldScope, activities: &[Activity], kind: HoldKind) -> Effect {
    Effect::Hold(HoldEffect { scope, activities: activities.iter().copied().collect(), kind })
}

fn when_final(verb: &Verb, rule: &Rule, signed: bool) -> Vec<Effect> {
    use Activity::{Dosing, FirstDose, Randomization};
    let scope = HoldScope::from(rule.scope);
    let board = HoldKind::PendingBoardDecision;
    match verb {
        Verb::SuspendTrial => vec![hold(HoldScope::Trial, &[Randomization, Dosing], board)],
        Verb::HoldDosing => {
            let reduces = rule.then.contains(&Verb::ProposeDoseReduction);
            vec![hold(scope, &[Dosing], if reduces { HoldKind::DoseReductionRequired } else { board })]
        }
        Verb::PauseEnrollment => vec![hold(scope, &[Randomization], board)],
        Verb::PauseCohort => vec![hold(HoldScope::Cohort, &[FirstDose], board)],
        Verb::StopDosing => vec![hold(HoldScope::Subject, &[Dosing], HoldKind::Permanent)],
        Verb::TerminateTrial if signed => {
            vec![hold(HoldScope::Trial, &[Randomization, Dosing], HoldKind::Permanent)]
        }
        Verb::TerminateTrial => Vec::new(),
        Verb::WithdrawSubject => {
            let out = hold(HoldScope::Subject, &[Randomization, Dosing], HoldKind::Permanent);
            vec![Effect::WithdrawSubject, out]
        }
        Verb::FailScreening => vec![Effect::FailScreening],
        asks => vec![Effect::Ask(asks.clone())],
    }
}

/// A suspension or hold is placed in full; a stop or withdrawal as a hold on dosing in the rule's scope.
fn when_pending(verb: &Verb, rule: &Rule) -> Vec<Effect> {
    let pending = HoldKind::PendingAssessment;
    match verb {
        Verb::TerminateTrial => Vec::new(),
        Verb::StopDosing | Verb::WithdrawSubject => {
            vec![hold(rule.scope.into(), &[Activity::Dosing], pending)]
        }
        Verb::FailScreening => vec![hold(HoldScope::Subject, &[Activity::Randomization], pending)],
        verb => {
            let placed = when_final(verb, rule, false);
            let in_full = |effect| match effect {
                Effect::Hold(hold) => Effect::Hold(HoldEffect { kind: pending, ..hold }),
                other => other,
            };
            placed.into_iter().map(in_full).collect()
        }
    }
}
