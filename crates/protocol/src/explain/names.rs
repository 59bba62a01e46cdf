//! Names in a sentence: facts, events, activities, parties and lists of them.

use super::vocabulary::{Term, find};
use super::{Lang, Teller, say};
use crate::ids::{ActivityId, EventId};
use crate::model::Role;

impl Teller<'_> {
    /// A word of the dictionaries in the language of the sentence; another word as it stands.
    pub(crate) fn word(&self, id: &str) -> String {
        match (find(id), self.lang) {
            (Some(Term { en, .. }), Lang::En) => (*en).to_owned(),
            (Some(Term { zh, .. }), Lang::Zh) => (*zh).to_owned(),
            (None, _) => id.replace('-', " "),
        }
    }

    /// An event: of a dictionary by its name, of the trial by its label and id.
    pub(crate) fn event(&self, id: &EventId) -> String {
        let Some(event) = self.protocol.events.get(id) else { return self.word(id.as_str()) };
        let lang = self.lang;
        match &event.head.label {
            Some(label) => say!(lang, "“{label}” ({id})", "“{label}”（{id}）"),
            None => say!(lang, "the event {id}", "事件“{id}”"),
        }
    }

    /// Several events.
    pub(crate) fn events(&self, ids: &[EventId]) -> String {
        self.list(ids.iter().map(|id| self.event(id)))
    }

    /// An activity by its name.
    pub(crate) fn activity(&self, id: &ActivityId) -> String {
        let label = self.protocol.activities.get(id).and_then(|activity| activity.label.clone());
        match (self.lang, label) {
            (Lang::En, Some(label)) => label,
            _ => self.word(id.as_str()),
        }
    }

    /// A party to the trial.
    pub(crate) fn role(&self, role: Role) -> String {
        let lang = self.lang;
        match role {
            Role::Investigator => say!(lang, "the investigator", "研究者"),
            Role::Sponsor => say!(lang, "the sponsor", "申办者"),
            Role::EthicsCommittee => say!(lang, "the ethics committee", "伦理委员会"),
            Role::Regulator => say!(lang, "the regulator", "监管部门"),
            Role::SafetyBoard => say!(lang, "the safety board", "安全监察委员会"),
            Role::Participant => say!(lang, "the participant", "受试者"),
        }
    }

    /// Several parties.
    pub(crate) fn roles(&self, roles: &[Role]) -> String {
        self.list(roles.iter().map(|role| self.role(*role)))
    }

    /// Items joined as the language joins them.
    pub(crate) fn list<T: AsRef<str>>(&self, items: impl Iterator<Item = T>) -> String {
        let items: Vec<T> = items.collect();
        let texts: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        let lang = self.lang;
        match (texts.as_slice(), self.lang) {
            ([], _) => say!(lang, "nobody and nothing", "无"),
            ([init @ .., last], Lang::En) if !init.is_empty() => format!("{} and {last}", init.join(", ")),
            (all, Lang::En) => all.join(", "),
            (all, Lang::Zh) => all.join("、"),
        }
    }
}
