//! Asks the rules of a trial file about one happening, or about a person's signature, in safety's own words.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::rules::{self as eval_rules, RuleVerdict};
use holdpoint_protocol::eval::{self, Chart, Facts, Occasion, Stamp};
use holdpoint_protocol::ids::{EventId, RuleId as FileRuleId};
use holdpoint_protocol::model::{Role, Rule};

use super::chart::{SubjectFile, chart, stamp};
use super::effect::{Act, acts};
use super::facts::eval_facts;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::finding::Truth;
use crate::domain::ids::RuleId;
use crate::domain::scope::Placement;

/// One thing that happened, with the chart of its subject.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The adverse event's or milestone's id: the cause that a hold names.
    pub cause: String,
    /// "adverse-event", "death", "relapse" ...
    pub event: EventId,
    /// When: the onset of an adverse event.
    pub at: Stamp,
    /// Facts of the adverse event.
    pub facts: Facts,
    /// The subject.
    pub chart: Chart,
}

impl Asked {
    /// An adverse event as the rules are asked about it; none where the file knows no adverse events.
    pub fn about(protocol: &Protocol, event: &AdverseEvent, file: &SubjectFile) -> Option<Self> {
        Some(Self {
            cause: event.id.to_string(),
            event: "adverse-event".parse().ok()?,
            at: stamp(event.onset),
            facts: eval_facts(protocol, event),
            chart: chart(file),
        })
    }

    /// As the trial file is asked about it.
    pub fn occasion(&self) -> Occasion<'_> {
        Occasion {
            cause: &self.cause,
            event: &self.event,
            at: self.at,
            truth: eval::Truth::True,
            facts: &self.facts,
            chart: &self.chart,
        }
    }
}

/// What a rule answers, and what it asks to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The rule; the reason code.
    pub rule: RuleId,
    /// Section of the protocol.
    pub section: String,
    /// True, false, or unknown; an answer that is true only through an empty field is unknown (sentence 3).
    pub truth: Truth,
    /// Sentences that decide it.
    pub reason: String,
    /// Facts that it waits for.
    pub missing: BTreeSet<String>,
    /// What it asks to do.
    pub acts: Vec<Act>,
    /// The question that a person must sign before it acts.
    pub asks: Option<String>,
}

/// Whether an adverse event is serious: by a person's word, by a criterion that counts, or by death.
pub fn is_serious(protocol: &Protocol, asked: &Asked) -> Truth {
    truth(eval::reports::is_serious(protocol, &asked.occasion()))
}

fn truth(truth: eval::Truth) -> Truth {
    match truth {
        eval::Truth::True => Truth::True,
        eval::Truth::False => Truth::False,
        eval::Truth::Unknown => Truth::Unknown,
    }
}

/// Asks every rule that a happening wakes. `peers` are the trial's other happenings, for rules that count.
pub fn happening(protocol: &Protocol, asked: &Asked, peers: &[Asked], subject: &Placement) -> Vec<Verdict> {
    let peers: Vec<Occasion<'_>> = peers.iter().map(Asked::occasion).collect();
    let answers = eval_rules::judge(protocol, &asked.occasion(), &peers, &BTreeMap::new());
    answers.into_iter().filter_map(|answer| verdict(protocol, answer, Some(subject))).collect()
}

/// Asks one rule that a person signs on behalf of a role.
pub fn signature(
    protocol: &Protocol,
    rule: &Rule,
    signed_for: Role,
    asked: Option<&Asked>,
    subject: Option<&Placement>,
) -> Option<Verdict> {
    let answer = match asked {
        Some(asked) if rule.on.is_some() => {
            eval_rules::ask(protocol, rule, &asked.occasion(), &[], &[signed_for])?
        }
        _ => eval_rules::ask_signed(rule, &[signed_for]),
    };
    verdict(protocol, answer, subject)
}

fn verdict(protocol: &Protocol, answer: RuleVerdict, subject: Option<&Placement>) -> Option<Verdict> {
    let rule: &Rule = protocol.rules.get::<FileRuleId>(&answer.rule)?;
    let truth = if answer.pending { Truth::Unknown } else { truth(answer.truth) };
    Some(Verdict {
        rule: answer.rule.as_str().into(),
        section: rule.head.ref_text.clone(),
        truth,
        reason: answer.reasons.join("; "),
        missing: answer.missing.iter().map(ToString::to_string).collect(),
        acts: acts(rule, &answer.effects, answer.pending, subject),
        asks: answer.asks,
    })
}

/// What a rule does to a subject whose treatment or study enrollment ended under it: its verbs, as signed. One that
/// would end the trial is left to people who sign it here.
pub fn discontinuation(rule: &Rule, subject: &Placement) -> Verdict {
    let effects = eval::effect::effects(rule, eval::effect::Standing::Final, false);
    let reaches_subject = |effect: &eval::effect::Effect| match effect {
        eval::effect::Effect::Hold(hold) => hold.scope == eval::effect::HoldScope::Subject,
        _ => true,
    };
    let effects: Vec<_> = effects.into_iter().filter(reaches_subject).collect();
    Verdict {
        rule: rule.id.as_str().into(),
        section: rule.head.ref_text.clone(),
        truth: Truth::True,
        reason: "recorded in enrollment".to_owned(),
        missing: BTreeSet::new(),
        acts: acts(rule, &effects, false, Some(subject)),
        asks: None,
    }
}
