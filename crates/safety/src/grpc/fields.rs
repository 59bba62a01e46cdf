//! Reads what safety's requests alone carry: activities, scopes, placements, facts of adverse events, heads. What is wrong
//! is gathered with the rest of the request.

use std::collections::BTreeSet;

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::value::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_chassis::fields::{Fields, date as read_date, shown};
use holdpoint_journal::Head;

use crate::domain::fact::{FactValue, GivenFact, Since};
use crate::domain::scope::{Activity, Placement, Scope};

/// An adverse event has no more facts.
const MOST: usize = 100;

/// A moment where it is known, else a day, else nothing.
pub(super) fn since(
    fields: &mut Fields,
    field: &str,
    at: Option<prost_types::Timestamp>,
    date: &str,
) -> Since {
    if let Some(at) = fields.optional_time(field, at) {
        return Since::At(at);
    }
    if date.is_empty() {
        return Since::Unknown;
    }
    match read_date(date) {
        Some(day) => Since::On(day),
        None => {
            fields.wrong(&format!("{field}_date"), shown(date), "a day as YYYY-MM-DD");
            Since::Unknown
        }
    }
}

pub(super) fn activity(fields: &mut Fields, field: &str, number: i32) -> Activity {
    match common::Activity::try_from(number) {
        Ok(common::Activity::Randomization) => Activity::Randomization,
        Ok(common::Activity::FirstDose) => Activity::FirstDose,
        Ok(common::Activity::Dosing) => Activity::Dosing,
        Ok(common::Activity::Unspecified) | Err(_) => {
            fields.wrong(field, Some(number.to_string()), "randomization, first dose or dosing");
            Activity::Dosing
        }
    }
}

/// Several activities, at least one.
pub(super) fn activities(fields: &mut Fields, field: &str, numbers: &[i32]) -> BTreeSet<Activity> {
    if numbers.is_empty() {
        fields.wrong(field, None, "one or more of randomization, first dose and dosing");
    }
    numbers.iter().map(|number| activity(fields, field, *number)).collect()
}

pub(super) fn scope(fields: &mut Fields, field: &str, scope: Option<common::Scope>) -> Scope {
    use common::scope::Of as Covers;
    match scope.and_then(|scope| scope.of) {
        Some(Covers::Trial(_)) => Scope::Trial,
        Some(Covers::Site(id)) => Scope::Site(fields.id(field, id)),
        Some(Covers::Arm(id)) => Scope::Arm(fields.id(field, id)),
        Some(Covers::Cohort(id)) => Scope::Cohort(fields.id(field, id)),
        Some(Covers::Subject(id)) => Scope::Subject(fields.id(field, id)),
        None => {
            fields.wrong(field, None, "the trial, a site, an arm, a cohort or a subject");
            Scope::Trial
        }
    }
}

/// Where the asker believes the subject stands; for a randomization, every place it could come to.
pub(super) fn placement(
    fields: &mut Fields,
    placement: Option<common::Placement>,
    arms: Vec<String>,
    cohorts: Vec<String>,
) -> Placement {
    let given = placement.unwrap_or_default();
    let mut arms = fields.ids("possible_arms", arms);
    arms.extend(fields.optional_id("placement.arm", given.arm));
    let mut cohorts = fields.ids("possible_cohorts", cohorts);
    cohorts.extend(fields.optional_id("placement.cohort", given.cohort));
    Placement {
        subject: fields.id("placement.subject", given.subject),
        site: fields.optional_id("placement.site", given.site),
        arms,
        cohorts,
    }
}

/// The facts of an adverse event as given.
pub(super) fn facts(fields: &mut Fields, facts: Vec<pb::AdverseEventFact>) -> Vec<GivenFact> {
    if facts.len() > MOST {
        fields.wrong("facts", Some(facts.len().to_string()), "at most 100");
    }
    facts.into_iter().take(MOST).enumerate().filter_map(|(place, given)| fact(fields, place, given)).collect()
}

fn fact(fields: &mut Fields, place: usize, given: pb::AdverseEventFact) -> Option<GivenFact> {
    let field = format!("facts[{place}]");
    let since = since(fields, &format!("{field}.since"), given.since, &given.since_date);
    let name: String = fields.id(&format!("{field}.fact"), given.fact);
    let value = value(fields, &format!("{field}.value"), given.value)?;
    Some(GivenFact { fact: name, value, since })
}

fn value(fields: &mut Fields, field: &str, value: Option<common::Value>) -> Option<FactValue> {
    let value = value.unwrap_or_default();
    match value.of {
        Some(Of::Number(text)) => {
            let unit = fields.optional_text(field, value.unit).unwrap_or_default();
            Some(FactValue::Number { value: fields.decimal(field, &text), unit })
        }
        Some(Of::Yes(yes)) => Some(FactValue::Yes(yes)),
        Some(Of::Word(word)) => Some(FactValue::Word(fields.id(field, word))),
        Some(Of::Words(words)) => Some(FactValue::Words(fields.ids(field, words.word))),
        Some(Of::Date(text)) => Some(FactValue::Date(fields.date(field, &text))),
        None => {
            fields.wrong(field, None, "a number, yes or no, a word, words or a day");
            None
        }
    }
}

/// A journal's head; absent means that nothing is known of it.
pub(super) fn head(fields: &mut Fields, field: &str, head: Option<common::Head>) -> Head {
    Head::try_from(head.unwrap_or_default()).unwrap_or_else(|_| {
        fields.wrong(field, None, "a head as it was received: its hash has 32 bytes");
        Head::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::MALFORMED;

    #[test]
    fn everything_wrong_is_gathered() {
        let mut fields = Fields::of(&MALFORMED);
        fields.id::<String>("trial", "a b".to_owned());
        activity(&mut fields, "activity", 9);
        scope(&mut fields, "scope", None);
        since(&mut fields, "onset", None, "2026-13-01");
        let number = common::Value { of: Some(Of::Number("four".to_owned())), unit: String::new() };
        facts(
            &mut fields,
            vec![pb::AdverseEventFact {
                fact: "grade".to_owned(),
                value: Some(number),
                ..Default::default()
            }],
        );
        let refused = fields.finish(()).unwrap_err();
        let names: Vec<_> = refused.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(names, ["trial", "activity", "scope", "onset_date", "facts[0].value"]);
    }

    #[test]
    fn no_head_means_that_nothing_is_known() {
        let mut fields = Fields::of(&MALFORMED);
        assert!(head(&mut fields, "heads.mine", None).is_none());
        head(&mut fields, "heads.mine", Some(common::Head { incarnation: 0, number: 3, hash: vec![1] }));
        assert!(fields.finish(()).is_err());
    }
}
