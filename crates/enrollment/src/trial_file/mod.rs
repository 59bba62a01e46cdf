//! What enrollment asks of a trial file: what is assumed in it, how it gives places, what wakes a rule, which rule
//! ends what. Beside `chart.rs` and `eligibility` the only place that reads the protocol's own types.

mod asked;
mod places;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Role;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::ids::{EventId, RuleId};
use holdpoint_protocol::model::{self, Criterion, Verb};

use crate::domain::subject::Axis;
use crate::domain::trial::{Item, Version};
use crate::error::{TRIAL_FILE, UNKNOWN_CRITERION, UNKNOWN_EVENT, UNKNOWN_RULE};

pub use asked::{asks_event, asks_fact, drug_event, own_events};
pub use places::{begin, groups};

/// Loads a file; every finding is a field of the refusal.
pub fn load(text: &str, dictionaries: &std::collections::BTreeMap<String, String>) -> Result<Protocol> {
    holdpoint_protocol::load("trial_file", text, dictionaries).map_err(|findings| {
        let refused = TRIAL_FILE.refuse(format!("the trial file has {} findings", findings.len()));
        let fields = findings.iter().take(MOST_FINDINGS);
        fields.fold(refused, |refused, finding| refused.field("trial_file", None, finding.to_string())).into()
    })
}

/// More findings than this do not help whoever reads the refusal.
const MOST_FINDINGS: usize = 50;

/// The version as it is registered.
pub fn version(protocol: &Protocol) -> Version {
    let item = |assumed: holdpoint_protocol::AssumedItem| {
        let key = assumed.key.unwrap_or_default();
        (Item { block: assumed.block, key }, assumed.value)
    };
    let assumed = protocol.assumed().into_iter().map(item).collect();
    let substantial =
        protocol.amendment.as_ref().is_some_and(|amendment| amendment.substantial == Some(true));
    Version::registered(protocol.version.clone(), protocol.digest.to_string(), assumed, substantial)
}

/// An event that a person may record: of a dictionary, or of the file where nothing derives it.
pub fn recordable(protocol: &Protocol, event: &EventId) -> Result<()> {
    let own = protocol.event(event);
    let derived = own.is_some_and(|event| !event.is_recorded_by_people());
    let signed = own.is_some_and(|event| event.confirm.is_some());
    let by_services = BY_SERVICES.contains(&event.as_str());
    if protocol.knows_event(event) && !derived && !signed && !by_services {
        return Ok(());
    }
    let why = match (signed, derived, by_services) {
        (true, ..) => "is confirmed with ConfirmEvent",
        (_, true, _) => "is found in the data, not recorded",
        (.., true) => "is recorded by the act itself",
        _ => "is not in the trial file or its dictionaries",
    };
    Err(UNKNOWN_EVENT.refuse(format!("event {event} {why}")).into())
}

/// Events that other acts of the platform bring about.
const BY_SERVICES: &[&str] = &[
    "birth",
    "screening",
    "consent",
    "enrollment",
    "screen-failure",
    "randomization",
    "adverse-event",
    "lab-result",
    "dose",
    "last-dose",
    "withdrawal",
];

/// Whether the file wants an event signed.
pub fn is_signed(protocol: &Protocol, event: &EventId) -> bool {
    protocol.event(event).is_some_and(|event| event.confirm.is_some())
}

/// An event that the file wants signed, and the role that signs it.
pub fn confirmed_by<'a>(protocol: &'a Protocol, event: &EventId) -> Result<(&'a model::Event, Vec<Role>)> {
    let found = protocol.event(event).and_then(|event| event.confirm.map(|role| (event, role)));
    let Some((event, role)) = found else {
        return Err(UNKNOWN_EVENT.refuse(format!("event {event} is none that the file wants signed")).into());
    };
    match role {
        model::Role::Investigator => Ok((event, vec![Role::PrincipalInvestigator, Role::Investigator])),
        other => {
            let message = format!("event {} is signed by {other}, who has no account here", event.id);
            Err(UNKNOWN_EVENT.refuse(message).into())
        }
    }
}

/// Whether safety must hear of an event before its recorder is answered: a rule of the file wakes on it, or it is one
/// that safety hears of in every trial (holds.md, "What places a hold without waiting for an event"). Safety decides
/// what follows.
pub fn is_told_at_once(protocol: &Protocol, event: &EventId) -> bool {
    TOLD_IN_EVERY_TRIAL.contains(&event.as_str())
        || protocol.rules.values().any(|rule| rule.on.as_ref() == Some(event))
}

/// Events of the dictionaries "common" and "hsct" after which a subject may have to be held whatever the file says.
const TOLD_IN_EVERY_TRIAL: &[&str] =
    &["death", "relapse", "progression", "withdrawal", "transplant-impossible"];

/// The axes that a rule ends by a person's word.
pub fn ended_by(protocol: &Protocol, rule: &RuleId) -> Result<Vec<Axis>> {
    let axes = protocol.rule(rule).map(|rule| {
        let by_word = rule.attest.is_some() || rule.or_attest.is_some();
        let axis = |verb: &Verb| match verb {
            Verb::StopDosing => Some(Axis::Treatment),
            Verb::WithdrawSubject => Some(Axis::Study),
            _ => None,
        };
        if by_word { rule.then.iter().filter_map(axis).collect() } else { vec![] }
    });
    match axes {
        Some(axes) if !axes.is_empty() => Ok(axes),
        _ => {
            let usable = protocol.rules.values().filter(|rule| {
                (rule.attest.is_some() || rule.or_attest.is_some())
                    && rule.then.iter().any(|verb| matches!(verb, Verb::StopDosing | Verb::WithdrawSubject))
            });
            let ids: Vec<_> = usable.map(|rule| rule.id.to_string()).collect();
            let message = format!("rule {rule} ends neither treatment nor study by a person's word");
            Err(UNKNOWN_RULE.refuse(message).field("rule", Some(rule.to_string()), ids.join(", ")).into())
        }
    }
}

/// A criterion by its written name, "include.organs".
pub fn criterion<'a>(protocol: &'a Protocol, name: &str) -> Option<&'a Criterion> {
    let (kind, id) = name.split_once('.')?;
    match kind {
        "include" => protocol.include.get(id),
        "exclude" => protocol.exclude.get(id),
        _ => None,
    }
}

/// A question that a person answers and signs: of a criterion, or the second way into an event ("event.cytopenia").
pub fn attested(protocol: &Protocol, name: &str) -> Result<()> {
    let asked = |criterion: &&Criterion| criterion.attest.is_some() || criterion.or_attest.is_some();
    let of_event = |event: &&model::Event| event.or_attest.is_some();
    let event = name.strip_prefix("event.").and_then(|id| protocol.events.get(id));
    if criterion(protocol, name).as_ref().is_some_and(asked) || event.as_ref().is_some_and(of_event) {
        return Ok(());
    }
    let include = protocol.include.values().filter(asked).map(|c| format!("include.{}", c.id));
    let exclude = protocol.exclude.values().filter(asked).map(|c| format!("exclude.{}", c.id));
    let events = protocol.events.values().filter(of_event).map(|event| format!("event.{}", event.id));
    let allowed: Vec<_> = include.chain(exclude).chain(events).collect();
    let refused = UNKNOWN_CRITERION.refuse(format!("{name} is no question that a person answers"));
    Err(refused.field("criterion", Some(name.to_owned()), allowed.join(", ")).into())
}
