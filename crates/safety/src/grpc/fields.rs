//! Reads the fields of a request one by one and gathers all that is wrong with them, not the first thing only.

use std::collections::BTreeSet;

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::value::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_chassis::error::{FieldViolation, Refused};
use holdpoint_journal::Head;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::fact::{FactValue, GivenFact, Since};
use crate::domain::scope::{Activity, Placement, Scope};
use crate::error::MALFORMED;

/// Longest id that is taken, in characters.
const LONGEST_ID: usize = 64;
/// Longest free text that is taken, in characters.
const LONGEST_TEXT: usize = 2_000;
/// An adverse event has no more facts, a fact no more words.
const MOST: usize = 100;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    wrong: Vec<FieldViolation>,
}

impl Fields {
    pub(super) fn wrong(&mut self, field: &str, found: Option<String>, allowed: &str) {
        self.wrong.push(FieldViolation { field: field.to_owned(), found, allowed: allowed.to_owned() });
    }

    /// A name: 1 to 64 characters, none of them blank or control, and no `/`.
    pub(super) fn id<T: From<String>>(&mut self, field: &str, text: String) -> T {
        let fits = !text.is_empty()
            && text.chars().count() <= LONGEST_ID
            && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '/');
        if !fits {
            let found =
                Some(text.chars().take(LONGEST_ID).collect::<String>()).filter(|found| !found.is_empty());
            self.wrong(field, found, "1 to 64 characters without blanks, control characters and /");
        }
        T::from(text)
    }

    /// A name, or none where the text is empty.
    pub(super) fn optional_id<T: From<String>>(&mut self, field: &str, text: String) -> Option<T> {
        if text.is_empty() { None } else { Some(self.id(field, text)) }
    }

    /// Names, each once.
    pub(super) fn ids<T: From<String> + Ord>(&mut self, field: &str, texts: Vec<String>) -> BTreeSet<T> {
        texts.into_iter().take(MOST * 10).map(|text| self.id(field, text)).collect()
    }

    /// A text that may be empty.
    pub(super) fn text(&mut self, field: &str, text: String) -> String {
        if text.chars().count() > LONGEST_TEXT {
            self.wrong(field, None, "at most 2000 characters");
        }
        text.trim().to_owned()
    }

    /// A sentence that must be there.
    pub(super) fn sentence(&mut self, field: &str, text: String) -> String {
        let text = self.text(field, text);
        if text.is_empty() {
            self.wrong(field, None, "a text of 1 to 2000 characters");
        }
        text
    }

    /// A moment, to the microsecond, where one is given.
    pub(super) fn moment(&mut self, field: &str, at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        let at = at?;
        let read = Timestamp::new(at.seconds, at.nanos).ok();
        let read = read.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
        if read.is_none() {
            self.wrong(field, None, "a moment in UTC");
        }
        read
    }

    /// A moment where it is known, else a day, else nothing.
    pub(super) fn since(&mut self, field: &str, at: Option<prost_types::Timestamp>, date: &str) -> Since {
        if let Some(at) = self.moment(field, at) {
            return Since::At(at);
        }
        if date.is_empty() {
            return Since::Unknown;
        }
        match date.parse::<Date>() {
            Ok(day) => Since::On(day),
            Err(_) => {
                self.wrong(
                    &format!("{field}_date"),
                    Some(date.chars().take(16).collect()),
                    "a day as YYYY-MM-DD",
                );
                Since::Unknown
            }
        }
    }

    pub(super) fn activity(&mut self, field: &str, number: i32) -> Activity {
        match common::Activity::try_from(number) {
            Ok(common::Activity::Randomization) => Activity::Randomization,
            Ok(common::Activity::FirstDose) => Activity::FirstDose,
            Ok(common::Activity::Dosing) => Activity::Dosing,
            Ok(common::Activity::Unspecified) | Err(_) => {
                self.wrong(field, Some(number.to_string()), "randomization, first dose or dosing");
                Activity::Dosing
            }
        }
    }

    /// Several activities, at least one.
    pub(super) fn activities(&mut self, field: &str, numbers: &[i32]) -> BTreeSet<Activity> {
        if numbers.is_empty() {
            self.wrong(field, None, "one or more of randomization, first dose and dosing");
        }
        numbers.iter().map(|number| self.activity(field, *number)).collect()
    }

    pub(super) fn scope(&mut self, field: &str, scope: Option<common::Scope>) -> Scope {
        use common::scope::Of as Covers;
        match scope.and_then(|scope| scope.of) {
            Some(Covers::Trial(_)) => Scope::Trial,
            Some(Covers::Site(id)) => Scope::Site(self.id(field, id)),
            Some(Covers::Arm(id)) => Scope::Arm(self.id(field, id)),
            Some(Covers::Cohort(id)) => Scope::Cohort(self.id(field, id)),
            Some(Covers::Subject(id)) => Scope::Subject(self.id(field, id)),
            None => {
                self.wrong(field, None, "the trial, a site, an arm, a cohort or a subject");
                Scope::Trial
            }
        }
    }

    /// Where the asker believes the subject stands; for a randomization, every place it could come to.
    pub(super) fn placement(
        &mut self,
        placement: Option<common::Placement>,
        arms: Vec<String>,
        cohorts: Vec<String>,
    ) -> Placement {
        let given = placement.unwrap_or_default();
        let mut arms = self.ids("possible_arms", arms);
        arms.extend(self.optional_id("placement.arm", given.arm));
        let mut cohorts = self.ids("possible_cohorts", cohorts);
        cohorts.extend(self.optional_id("placement.cohort", given.cohort));
        Placement {
            subject: self.id("placement.subject", given.subject),
            site: self.optional_id("placement.site", given.site),
            arms,
            cohorts,
        }
    }

    /// The facts of an adverse event as given.
    pub(super) fn facts(&mut self, facts: Vec<pb::AdverseEventFact>) -> Vec<GivenFact> {
        if facts.len() > MOST {
            self.wrong("facts", Some(facts.len().to_string()), "at most 100");
        }
        facts.into_iter().take(MOST).enumerate().filter_map(|(place, fact)| self.fact(place, fact)).collect()
    }

    fn fact(&mut self, place: usize, fact: pb::AdverseEventFact) -> Option<GivenFact> {
        let field = format!("facts[{place}]");
        let since = self.since(&format!("{field}.since"), fact.since, &fact.since_date);
        let name: String = self.id(&format!("{field}.fact"), fact.fact);
        let value = self.value(&format!("{field}.value"), fact.value)?;
        Some(GivenFact { fact: name, value, since })
    }

    fn value(&mut self, field: &str, value: Option<common::Value>) -> Option<FactValue> {
        let value = value.unwrap_or_default();
        match value.of {
            Some(Of::Number(text)) => {
                let number = text.parse().ok().filter(|_| text.len() <= 32);
                if number.is_none() {
                    let found = Some(text.chars().take(32).collect());
                    self.wrong(field, found, "a plain decimal number such as 60.5, at most 32 characters");
                }
                Some(FactValue::Number { value: number?, unit: self.text(field, value.unit) })
            }
            Some(Of::Yes(yes)) => Some(FactValue::Yes(yes)),
            Some(Of::Word(word)) => Some(FactValue::Word(self.id(field, word))),
            Some(Of::Words(words)) => Some(FactValue::Words(self.ids(field, words.word))),
            Some(Of::Date(text)) => match text.parse() {
                Ok(date) => Some(FactValue::Date(date)),
                Err(_) => {
                    self.wrong(field, Some(text.chars().take(16).collect()), "a day as YYYY-MM-DD");
                    None
                }
            },
            None => {
                self.wrong(field, None, "a number, yes or no, a word, words or a day");
                None
            }
        }
    }

    /// A journal's head; absent means that nothing is known of it.
    pub(super) fn head(&mut self, field: &str, head: Option<common::Head>) -> Head {
        Head::try_from(head.unwrap_or_default()).unwrap_or_else(|_| {
            self.wrong(field, None, "a head as it was received: its hash has 32 bytes");
            Head::default()
        })
    }

    /// The command, unless something was wrong.
    pub(super) fn finish<T>(self, command: T) -> Result<T, Refused> {
        if self.wrong.is_empty() {
            return Ok(command);
        }
        let names: Vec<_> = self.wrong.iter().map(|violation| violation.field.as_str()).collect();
        let message = format!("not understood: {}", names.join(", "));
        Err(MALFORMED.refuse(message).fields(self.wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_gathered() {
        let mut fields = Fields::default();
        fields.id::<String>("trial", "a b".to_owned());
        fields.activity("activity", 9);
        fields.scope("scope", None);
        fields.since("onset", None, "2026-13-01");
        let number = common::Value { of: Some(Of::Number("four".to_owned())), unit: String::new() };
        fields.facts(vec![pb::AdverseEventFact {
            fact: "grade".to_owned(),
            value: Some(number),
            ..Default::default()
        }]);
        let refused = fields.finish(()).unwrap_err();
        let names: Vec<_> = refused.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(names, ["trial", "activity", "scope", "onset_date", "facts[0].value"]);
    }

    #[test]
    fn no_head_means_that_nothing_is_known() {
        let mut fields = Fields::default();
        assert!(fields.head("heads.mine", None).is_none());
        fields.head("heads.mine", Some(common::Head { incarnation: 0, number: 3, hash: vec![1] }));
        assert!(fields.finish(()).is_err());
    }
}
