//! Asks the rules of a trial about one occasion: which hold, which are pending, and why (semantics 3 to 13).

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Effect, Standing, effects};
use super::link::{Link, links, test};
use super::occasion::Occasion;
use super::truth::{Answer, Truth};
use crate::Protocol;
use crate::condition::Condition;
use crate::dictionary::FactDomain;
use crate::ids::{EventId, FactId, RuleId};
use crate::model::{Role, Rule, RuleScope, Threshold, Verb};

/// What a rule says of one occasion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVerdict {
    /// The rule: its id is the reason code.
    pub rule: RuleId,
    /// Whether it holds.
    pub truth: Truth,
    /// Whether it is true only because an empty field counts as something.
    pub via_unset: bool,
    /// Whether what it does waits for an assessment (semantics 3).
    pub pending: bool,
    /// What it does; empty when it does nothing.
    pub effects: Vec<Effect>,
    /// The question a person must sign before it acts.
    pub asks: Option<String>,
    /// Sentences that decide it.
    pub reasons: Vec<String>,
    /// The facts looked at.
    pub read: BTreeSet<FactId>,
    /// The facts it waits for.
    pub missing: BTreeSet<FactId>,
}

impl RuleVerdict {
    /// Whether it does anything.
    pub fn fires(&self) -> bool {
        !self.effects.is_empty()
    }
}

/// What ends, or does not end, an effect that is pending assessment (semantics 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settlement {
    /// The assessment made the rule true: the effect is final.
    Final,
    /// The assessment made it false: people may release what it placed.
    MayRelease,
    /// Nobody has assessed it, or it is still not known.
    StaysPending,
}

/// What becomes of an effect placed as pending. Only a recorded assessment may end it: never time, and
/// never a correction.
pub fn settle(now: &RuleVerdict, assessed: bool) -> Settlement {
    match (assessed, now.pending, now.truth) {
        (true, false, Truth::True) => Settlement::Final,
        (true, false, Truth::False) => Settlement::MayRelease,
        _ => Settlement::StaysPending,
    }
}

/// Whether an adverse event counts as a derived event, such as a dose-limiting toxicity (semantics 8).
/// None when the event is not derived from such an occasion.
pub fn derived(protocol: &Protocol, event: &EventId, occasion: &Occasion<'_>) -> Option<Answer> {
    let links = links(protocol, event, occasion.event)?;
    Some(test(protocol, &links, occasion))
}

/// Whether there are so many, this one among them; those of unknown truth or cohort may count.
fn counted(
    protocol: &Protocol,
    links: &[Link<'_>],
    threshold: Threshold,
    occasion: &Occasion<'_>,
    peers: &[Occasion<'_>],
) -> Answer {
    let own = test(protocol, links, occasion);
    let others = peers.iter().filter(|peer| peer.cause != occasion.cause && peer.event == occasion.event);
    let mut tallies = vec![(own.truth, own.strict)];
    for peer in others {
        let inside = belongs(threshold.of, occasion, peer);
        let answer = test(protocol, links, peer);
        tallies.push((answer.truth.and(inside), answer.strict.and(inside)));
    }
    let reached = |truths: &mut dyn Iterator<Item = Truth>| {
        let (mut sure, mut possible) = (0_u32, 0_u32);
        for truth in truths {
            sure += u32::from(truth == Truth::True);
            possible += u32::from(truth != Truth::False);
        }
        let truth = match threshold.count {
            count if sure >= count => Truth::True,
            count if possible >= count => Truth::Unknown,
            _ => Truth::False,
        };
        (truth, sure, possible)
    };
    let (truth, sure, possible) = reached(&mut tallies.iter().map(|tally| tally.0));
    let (strict, ..) = reached(&mut tallies.iter().map(|tally| tally.1));
    let of = threshold.of;
    let reason = format!("{sure} certain and {possible} possible in the {of}, asked {}", threshold.count);
    own.and(Answer { strict, ..Answer::known(truth, reason) })
}

fn belongs(of: RuleScope, occasion: &Occasion<'_>, peer: &Occasion<'_>) -> Truth {
    match of {
        RuleScope::Trial => Truth::True,
        RuleScope::Subject => Truth::from(occasion.chart.subject == peer.chart.subject),
        RuleScope::Cohort => match (&occasion.chart.cohort, &peer.chart.cohort) {
            (Some(here), Some(there)) => Truth::from(here == there),
            _ => Truth::Unknown,
        },
    }
}

/// Asks one rule. `peers` are the other occasions of the trial, for rules that count; `signed` are the
/// roles that have signed its question for this occasion. None when the occasion does not wake the rule.
pub fn ask(
    protocol: &Protocol,
    rule: &Rule,
    occasion: &Occasion<'_>,
    peers: &[Occasion<'_>],
    signed: &[Role],
) -> Option<RuleVerdict> {
    let on = rule.on.as_ref()?;
    let mut links = links(protocol, on, occasion.event)?;
    links.push(Link::of_rule(rule));
    let found = match rule.threshold {
        Some(threshold) => counted(protocol, &links, threshold, occasion, peers),
        None => test(protocol, &links, occasion),
    };
    Some(verdict(rule, found, signed))
}

/// Asks a rule that no event wakes: it acts when a role signs its question (semantics 5).
pub fn ask_signed(rule: &Rule, signed: &[Role]) -> RuleVerdict {
    verdict(rule, Answer::bare(Truth::from(rule.on.is_none())), signed)
}

fn verdict(rule: &Rule, found: Answer, signed: &[Role]) -> RuleVerdict {
    let signer = signed.iter().copied().find(|role| may_sign(rule, *role));
    let asks = rule.attest.as_ref().or(rule.or_attest.as_ref());
    let answer = match (&rule.attest, &rule.or_attest, signer) {
        (Some(question), _, Some(role)) => found.and(signature(question, role)),
        (None, Some(question), Some(role)) => found.or(signature(question, role)),
        _ => found,
    };
    let waits = rule.attest.is_some() && signer.is_none();
    let restrains = rule.then.iter().any(Verb::restrains);
    let unsure = answer.truth == Truth::Unknown || answer.via_unset();
    let done = match answer.truth {
        _ if waits => Vec::new(),
        Truth::False => Vec::new(),
        _ if unsure && restrains => effects(rule, Standing::Pending, signer.is_some()),
        Truth::True => effects(rule, Standing::Final, signer.is_some()),
        Truth::Unknown => Vec::new(),
    };
    let pending = unsure && restrains && !done.is_empty();
    let asks =
        asks.filter(|_| signer.is_none() && (rule.or_attest.is_some() || answer.truth != Truth::False));
    RuleVerdict {
        rule: rule.id.clone(),
        truth: if waits { answer.truth.and(Truth::Unknown) } else { answer.truth },
        via_unset: answer.via_unset(),
        pending,
        effects: done,
        asks: asks.cloned(),
        reasons: answer.reasons,
        read: answer.read,
        missing: answer.missing,
    }
}

fn signature(question: &str, role: Role) -> Answer {
    Answer::known(Truth::True, format!("the {role} signed: {question}"))
}

/// Whether a role may sign the question of a rule: one of `by`, without it the investigator.
pub fn may_sign(rule: &Rule, role: Role) -> bool {
    if rule.by.is_empty() { role == Role::Investigator } else { rule.by.contains(&role) }
}

/// Asks every rule that an occasion wakes, in the order of the file.
pub fn judge(
    protocol: &Protocol,
    occasion: &Occasion<'_>,
    peers: &[Occasion<'_>],
    signed: &BTreeMap<RuleId, Vec<Role>>,
) -> Vec<RuleVerdict> {
    let signers = |rule: &Rule| signed.get(&rule.id).map_or(&[][..], Vec::as_slice);
    protocol.rules.values().filter_map(|rule| ask(protocol, rule, occasion, peers, signers(rule))).collect()
}

/// The rules that an event wakes: those `on` it, and those on an event derived from it.
pub fn woken_by<'a>(protocol: &'a Protocol, event: &'a EventId) -> impl Iterator<Item = &'a Rule> {
    let wakes = move |rule: &&Rule| rule.on.as_ref().is_some_and(|on| links(protocol, on, event).is_some());
    protocol.rules.values().filter(wakes)
}

/// The facts that the form of an adverse event asks for: those that a rule that holds names and that count
/// as nothing while empty (semantics 7), each with the rules that need it.
pub fn form_facts(protocol: &Protocol) -> BTreeMap<FactId, BTreeSet<RuleId>> {
    let mut asked: BTreeMap<FactId, BTreeSet<RuleId>> = BTreeMap::new();
    let Ok(adverse_event) = "adverse-event".parse::<EventId>() else { return asked };
    for rule in woken_by(protocol, &adverse_event).filter(|rule| rule.then.iter().any(Verb::restrains)) {
        let mut chain =
            rule.on.as_ref().and_then(|on| links(protocol, on, &adverse_event)).unwrap_or_default();
        chain.push(Link::of_rule(rule));
        let atoms = chain.iter().filter_map(Link::when).flat_map(Condition::atoms);
        for fact in atoms.map(|atom| &atom.fact) {
            let asks = fact.domain == FactDomain::AdverseEvent && fact.unset.is_none();
            if asks && fact.id.as_str() != "dose-number" {
                asked.entry(fact.id.clone()).or_default().insert(rule.id.clone());
            }
        }
    }
    asked
}
