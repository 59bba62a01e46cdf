//! Whether an adverse event is serious: by a person's word or by a criterion that counts (ICH E2A;
//! semantics 39). A ticked criterion outweighs a "no", since a table that denies what it lists is a mistake.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::condition::{FactSource, Looked, ask};
use super::facts::Value;
use super::occasion::OccasionAt;
use super::truth::Truth;
use crate::Protocol;
use crate::dictionary::Fact;
use crate::ids::Word;

/// The words of `criterion` without those that are excepted; an exception acts only when true (semantics 6).
pub(super) fn counting(protocol: &Protocol, view: &OccasionAt<'_>, criteria: Value) -> Value {
    let excepted = |word: &Word| {
        let except = protocol.adverse_events.except.get(word);
        except.is_some_and(|condition| ask(condition, view).truth == Truth::True)
    };
    let words = match criteria {
        Value::Word(word) => BTreeSet::from([word]),
        Value::Words(words) => words,
        other => return other,
    };
    Value::Words(words.into_iter().filter(|word| !excepted(word)).collect())
}

/// Whether the event is serious. With no person's word and no criterion ticked nobody knows yet; when all
/// that is ticked is excepted, it is not.
pub(super) fn judged(protocol: &Protocol, view: &OccasionAt<'_>, serious: &Fact) -> Truth {
    let said = said(view, serious);
    let ticked = words(protocol, view);
    let counts = |word: &Word| protocol.adverse_events.serious.contains(word);
    let remaining = match counting(protocol, view, Value::Words(ticked.clone())) {
        Value::Words(words) => words,
        _ => BTreeSet::new(),
    };
    let fatal =
        fatal(protocol, view) && protocol.adverse_events.serious.iter().any(|word| word.as_str() == "death");
    if fatal || said == Some(true) || remaining.iter().any(counts) {
        Truth::True
    } else if said == Some(false) || !ticked.is_empty() {
        Truth::False
    } else {
        Truth::Unknown
    }
}

fn said(view: &OccasionAt<'_>, serious: &Fact) -> Option<bool> {
    let Looked::Values(values) = view.as_given(serious) else { return None };
    let yes = values.iter().filter_map(|observed| match observed.value {
        Value::Yes(yes) => Some(yes),
        _ => None,
    });
    yes.max()
}

fn words(protocol: &Protocol, view: &OccasionAt<'_>) -> BTreeSet<Word> {
    let criterion = protocol.adverse_event_facts.get("criterion");
    let Some(Looked::Values(values)) = criterion.map(|fact| view.as_given(fact)) else {
        return BTreeSet::new();
    };
    let words = values.into_iter().flat_map(|observed| match observed.value {
        Value::Words(words) => words,
        Value::Word(word) => BTreeSet::from([word]),
        _ => BTreeSet::new(),
    });
    words.collect()
}

/// Grade 5 and a fatal outcome are deaths, whether or not the criterion is ticked.
fn fatal(protocol: &Protocol, view: &OccasionAt<'_>) -> bool {
    let any = |fact: &str, is: &dyn Fn(&Value) -> bool| {
        let fact: Option<&Arc<Fact>> = protocol.adverse_event_facts.get(fact);
        matches!(fact.map(|fact| view.look(fact)),
            Some(Looked::Values(values)) if values.iter().any(|observed| is(&observed.value)))
    };
    any("grade", &|value| *value == Value::pure(5))
        || any("outcome", &|value| matches!(value, Value::Word(word) if word.as_str() == "fatal"))
}
