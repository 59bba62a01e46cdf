//! Reads responses and endpoints.

use std::collections::BTreeSet;

use super::block::{Block, EVERY_BLOCK, Keys, blocks};
use super::context::Context;
use super::findings::quote;
use crate::blocks::Blocks;
use crate::finding::Code;
use crate::ids::{EndpointId, EventId, ResponseId};
use crate::model::{Category, CategoryTest, Endpoint, EndpointRank, Measure, Response, Subject};

const RESPONSE: Keys = Keys { may: &["from", "at", "who", "attest", "choose", "category"], must: &[] };
const CATEGORY: Keys = Keys { may: &["id", "when", "for", "bridge", "without", "otherwise"], must: &["id"] };
const ENDPOINT: Keys = Keys {
    may: &[
        "rank", "rate", "count", "time", "slope", "change", "response", "when", "within", "from", "at",
        "against",
    ],
    must: &["rank"],
};
const MEASURES: [&str; 6] = ["rate", "count", "time", "slope", "change", "response"];

/// `[response.x]`.
pub(super) fn responses(cx: &Context<'_>) -> Blocks<ResponseId, Response> {
    blocks(cx, "response", &RESPONSE, |block, id| {
        let tables = block.tables("category");
        if tables.is_empty() != block.has("attest") {
            block.find_here(Code::DoesNotFit, "categories or an attestation", "one of the two");
        }
        let mut ids = BTreeSet::new();
        for (text, at) in tables.iter().filter_map(|table| table.text_at("id")) {
            if !ids.insert(text) {
                block.find(at, Code::DoesNotFit, "two categories share an id", "each id once");
            }
        }
        let last = tables.len().saturating_sub(1);
        let dated = block.has("at") && block.has("from");
        let categories = tables.iter().enumerate();
        let categories =
            categories.filter_map(|(place, table)| category(table, place == last && dated)).collect();
        Some(Response {
            id,
            head: block.head(),
            from: block.moment("from"),
            at: block.moment("at"),
            who: block.condition("who", &cx.dictionaries.facts),
            attest: block.text("attest"),
            choose: block.texts("choose"),
            categories,
        })
    })
}

fn category(block: &Block<'_>, may_be_otherwise: bool) -> Option<Category> {
    block.check_keys(&CATEGORY, EVERY_BLOCK);
    let head = block.head_without_ref();
    let id = block.text_at("id").and_then(|(text, at)| block.id(text, at));
    let otherwise = block.truth("otherwise") == Some(true);
    let run = block.run(&block.cx.dictionaries.facts);
    if block.has("when") == otherwise {
        block.find_here(Code::DoesNotFit, "a category has when, or otherwise = true", "one of the two");
    } else if otherwise && !may_be_otherwise {
        let found = "otherwise comes last, and needs from and at";
        block.find_at(
            "otherwise",
            Code::DoesNotFit,
            found,
            "the last category of a response with from and at",
        );
    }
    let test = if otherwise { CategoryTest::Otherwise } else { CategoryTest::Run(run?) };
    Some(Category { id: id?, head, test })
}

/// `[endpoint.x]`; at least one is primary.
pub(super) fn endpoints(cx: &Context<'_>) -> Blocks<EndpointId, Endpoint> {
    let endpoints = blocks(cx, "endpoint", &ENDPOINT, |block, id| {
        let head = block.head();
        let rank = block.word("rank", EndpointRank::from_word, EndpointRank::WORDS);
        let measure = measure(block);
        let when = block.condition("when", &cx.dictionaries.facts_and_adverse_event);
        let (within, from, at) = (block.within(), block.moment("from"), block.moment("at"));
        let against = block.text("against");
        Some(Endpoint { id, head, rank: rank?, measure: measure?, when, within, from, at, against })
    });
    let written = cx.entries("endpoint");
    let primary = endpoints.values().any(|endpoint| endpoint.rank == EndpointRank::Primary);
    if !primary && endpoints.len() == written.len() {
        let at = cx.root.get("endpoint").map_or(0, |entry| entry.at.start);
        cx.find(at, Code::Missing, "endpoint", "none is primary", "rank = \"primary\" on one endpoint");
    }
    endpoints
}

fn measure(block: &Block<'_>) -> Option<Measure> {
    let given: Vec<&str> = MEASURES.into_iter().filter(|key| block.has(key)).collect();
    let [key] = given.as_slice() else {
        let found = if given.is_empty() { "measures nothing".to_owned() } else { given.join(" and ") };
        block.find_here(Code::DoesNotFit, found, format!("one of {}", MEASURES.join(", ")));
        return None;
    };
    match *key {
        "rate" => Some(Measure::Rate(block.events("rate"))),
        "count" => Some(Measure::Count(block.events("count"))),
        "time" => time(&block.inner("time")?),
        "slope" => subject(block, "slope").map(Measure::Slope),
        "change" => subject(block, "change").map(Measure::Change),
        _ => {
            let (text, at) = block.text_at("response")?;
            block.name("response", text, at, &block.cx.names.responses).map(Measure::Response)
        }
    }
}

fn time(block: &Block<'_>) -> Option<Measure> {
    let keys = Keys { may: &["to", "from", "entry"], must: &["to", "from"] };
    block.check_keys(&keys, &[]);
    let to: Vec<EventId> = block.events("to");
    let (from, entry) = (block.event("from"), block.event("entry"));
    Some(Measure::Time { to, from: from?, entry })
}

fn subject(block: &Block<'_>, key: &str) -> Option<Subject> {
    let (text, at) = block.text_at(key)?;
    let dictionaries = block.cx.dictionaries;
    if let Some((id, _)) = dictionaries.facts.get_key_value(text) {
        return Some(Subject::Fact(id.clone()));
    }
    if let Some((id, _)) = dictionaries.activities.get_key_value(text) {
        return Some(Subject::Activity(id.clone()));
    }
    block.find(
        at,
        Code::UnknownName,
        format!("unknown fact '{}'", quote(text)),
        "a fact of a subject, or an activity",
    );
    None
}
