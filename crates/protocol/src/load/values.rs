//! Reads the values that mean something: scalars, moments, events, roles and conditions.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::block::Block;
use super::findings::quote;
use crate::condition::{self, Condition, FactScope};
use crate::finding::{Code, nearest};
use crate::ids::{EventId, InvalidId};
use crate::model::{Role, Run};
use crate::scalar::{Anchor, Moment, Scalar, Within, Without};

impl Block<'_> {
    /// A scalar of the format, section 3.3.
    pub(super) fn scalar<T: Scalar>(&self, key: &str) -> Option<T> {
        let (text, at) = self.text_at(key)?;
        self.scalar_of(key, text, at)
    }

    /// A scalar from a text of this block.
    pub(super) fn scalar_of<T: Scalar>(&self, key: &str, text: &str, at: usize) -> Option<T> {
        match T::whole(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let found = format!("{key} = '{}' is no {}", quote(text), error.name);
                self.find(at, Code::NotAScalar, found, error.allowed);
                None
            }
        }
    }

    /// The id of something declared in `declared`.
    pub(super) fn name<T: FromStr<Err = InvalidId>>(
        &self,
        what: &str,
        text: &str,
        at: usize,
        declared: &BTreeSet<String>,
    ) -> Option<T> {
        if !declared.contains(text) {
            let near = nearest(text, declared.iter().map(String::as_str));
            self.find(at, Code::UnknownName, format!("unknown {what} '{}'", quote(text)), near);
            return None;
        }
        self.id(text, at)
    }

    /// An event of the trial or of a dictionary.
    pub(super) fn event(&self, key: &str) -> Option<EventId> {
        let (text, at) = self.text_at(key)?;
        self.name("event", text, at, &self.cx.names.events)
    }

    /// Events of the trial or of a dictionary.
    pub(super) fn events(&self, key: &str) -> Vec<EventId> {
        let texts = self.texts_at(key);
        texts
            .into_iter()
            .filter_map(|(text, at)| self.name("event", text, at, &self.cx.names.events))
            .collect()
    }

    /// A moment whose event and dose exist; not `each dose`.
    pub(super) fn moment(&self, key: &str) -> Option<Moment> {
        let (text, at) = self.text_at(key)?;
        let moment: Moment = self.scalar_of(key, text, at)?;
        self.check_anchor(key, moment.anchor(), at, false).then_some(moment)
    }

    /// Checks that what a moment hangs on exists.
    pub(super) fn check_anchor(&self, key: &str, anchor: &Anchor, at: usize, each_dose: bool) -> bool {
        match anchor {
            Anchor::Event(event) => {
                self.name::<EventId>("event", event.as_str(), at, &self.cx.names.events).is_some()
            }
            Anchor::Dose(number) => {
                let doses = self.cx.names.doses;
                let fits = (1..=doses).contains(number);
                if !fits {
                    let found = format!("{key}: dose {number}, and there are {doses} doses");
                    self.find(at, Code::DoesNotFit, found, format!("dose 1 to dose {doses}"));
                }
                fits
            }
            Anchor::EachDose if !each_dose => {
                self.find(at, Code::NotAScalar, format!("{key}: each dose"), "each dose opens phases only");
                false
            }
            Anchor::EachDose | Anchor::EndOfStudy | Anchor::EndOfTrial => true,
        }
    }

    /// `within`: a window after an event that exists.
    pub(super) fn within(&self) -> Option<Within> {
        let (text, at) = self.text_at("within")?;
        let within: Within = self.scalar_of("within", text, at)?;
        self.check_anchor("within", &within.after, at, false).then_some(within)
    }

    /// Roles: one, or a list.
    pub(super) fn roles(&self, key: &str) -> Vec<Role> {
        let role = |(text, at): (&str, usize)| {
            let role = Role::from_word(text);
            if role.is_none() {
                let found = format!("{key} names '{}', who is nobody", quote(text));
                self.find(at, Code::NotAWord, found, nearest(text, Role::WORDS.iter().copied()));
            }
            role
        };
        self.texts_at(key).into_iter().filter_map(role).collect()
    }

    /// A condition over the facts of `scope`.
    pub(super) fn condition(&self, key: &str, scope: &FactScope) -> Option<Condition> {
        let (text, at) = self.text_at(key)?;
        self.condition_of(key, text, at, scope)
    }

    /// A condition from a text of this block.
    pub(super) fn condition_of(
        &self,
        key: &str,
        text: &str,
        at: usize,
        scope: &FactScope,
    ) -> Option<Condition> {
        let mut tally = self.cx.tally.borrow_mut();
        tally.conditions += 1;
        match condition::parse(text, scope) {
            Ok(condition) => {
                tally.facts.extend(condition.facts().into_iter().cloned());
                Some(condition)
            }
            Err(error) => {
                let found = format!("{key} = '{}': {}", quote(text), quote(&error.what));
                self.find(at, Code::BadCondition, found, quote(&error.allowed));
                None
            }
        }
    }

    /// The facts that `when` may name, by the event of `on`.
    pub(super) fn scope_of_on(&self) -> &FactScope {
        let dictionaries = self.cx.dictionaries;
        match self.text_at("on") {
            Some(("adverse-event", _)) => &dictionaries.facts_and_adverse_event,
            _ => &dictionaries.facts,
        }
    }

    /// `when`, `for`, `bridge`, `without`: a run, once there is a condition.
    pub(super) fn run(&self, scope: &FactScope) -> Option<Run> {
        let lasts = self.scalar("for");
        let consecutive = self.text_at("for").is_some_and(|(text, _)| text.contains("consecutive"));
        let bridge = self.text_at("bridge");
        if bridge.is_some_and(|(text, _)| text != "1 day" || !consecutive) {
            let found = "bridge is 1 day, in a run of consecutive days";
            self.find_at(
                "bridge",
                Code::DoesNotFit,
                found,
                "bridge = \"1 day\" beside for = \"N consecutive days\"",
            );
        }
        if self.has("for") && !self.has("when") {
            self.find_at("for", Code::DoesNotFit, "for without when", "for beside when");
        }
        let without = self.without();
        let when = self.condition("when", scope)?;
        Some(Run { when, lasts, bridge_one_day: bridge.is_some(), without })
    }

    fn without(&self) -> Option<Without> {
        let (text, at) = self.text_at("without")?;
        let without: Without = self.scalar_of("without", text, at)?;
        self.name::<EventId>("event", without.event.as_str(), at, &self.cx.names.events)?;
        Some(without)
    }

    /// Prose keys and their texts, in the order of the file; whatever they hold is kept as written.
    pub(super) fn particulars(&self, keys: &[&str]) -> Vec<(String, Vec<String>)> {
        let wanted = self.table.entries.iter().filter(|entry| keys.contains(&entry.key.as_str()));
        wanted.map(|entry| (entry.key.clone(), super::written(&entry.node.value))).collect()
    }
}
