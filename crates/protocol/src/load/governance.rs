//! Reads records, changes, ethics, analysis, the amendment and the open questions.

use super::block::{Block, Keys, blocks, single};
use super::context::Context;
use super::findings::quote;
use super::head::value_of;
use crate::blocks::Blocks;
use crate::document::Value;
use crate::finding::{Code, nearest};
use crate::ids::OpenId;
use crate::model::{Amendment, Analysis, Changes, Ethics, Interim, OpenQuestion, Records};

const RECORDS: Keys = Keys {
    may: &["keep", "keep-from", "identify-by", "identify-may", "keep-what", "sponsor-keeps", "inspect"],
    must: &["keep", "keep-from"],
};
const CHANGES: Keys = Keys { may: &["approve", "urgent"], must: &[] };
const ETHICS: Keys = Keys { may: &["follow", "approve", "attest"], must: &[] };
const ANALYSIS: Keys = Keys { may: &["attest", "interim"], must: &[] };
const AMENDMENT: Keys = Keys {
    may: &["number", "replaces", "approved", "reason", "sections", "substantial", "applies-to"],
    must: &[],
};
const OPEN: Keys = Keys { may: &["ask", "took"], must: &["ask", "took"] };

/// `[records]`.
pub(super) fn records(cx: &Context<'_>) -> Option<Records> {
    let block = single(cx, "records", &RECORDS)?;
    let head = block.head();
    let (keep, keep_from) = (block.scalar("keep"), block.moment("keep-from"));
    Some(Records {
        head,
        keep: keep?,
        keep_from: keep_from?,
        identify_by: block.texts("identify-by"),
        identify_may: block.texts("identify-may"),
        keep_what: block.texts("keep-what"),
        sponsor_keeps: block.texts("sponsor-keeps"),
        inspect: block.roles("inspect"),
    })
}

/// `[changes]`.
pub(super) fn changes(cx: &Context<'_>) -> Option<Changes> {
    let block = single(cx, "changes", &CHANGES)?;
    Some(Changes { head: block.head(), approve: block.roles("approve"), urgent: block.text("urgent") })
}

/// `[ethics]`.
pub(super) fn ethics(cx: &Context<'_>) -> Option<Ethics> {
    let block = single(cx, "ethics", &ETHICS)?;
    let (follow, approve, attest) = (block.text("follow"), block.roles("approve"), block.text("attest"));
    Some(Ethics { head: block.head(), follow, approve, attest })
}

/// `[analysis]`.
pub(super) fn analysis(cx: &Context<'_>) -> Option<Analysis> {
    let block = single(cx, "analysis", &ANALYSIS)?;
    let interim = block.word("interim", Interim::from_word, Interim::WORDS);
    Some(Analysis { head: block.head(), attest: block.text("attest"), interim })
}

/// `[amendment]`: its sections name blocks, or keys, that are there.
pub(super) fn amendment(cx: &Context<'_>) -> Option<Amendment> {
    let block = single(cx, "amendment", &AMENDMENT)?;
    for (text, at) in block.texts_at("sections") {
        let there = match value_of(cx.root, text) {
            None => false,
            Some(Value::Table(table)) => !table.entries.is_empty(),
            Some(Value::Text(text)) => !text.is_empty(),
            Some(Value::List(items)) => !items.is_empty(),
            Some(_) => true,
        };
        if !there {
            let found = format!("sections names '{}', which is not there", quote(text));
            block.find(
                at,
                Code::UnknownName,
                found,
                nearest(text, cx.root.entries.iter().map(|e| e.key.as_str())),
            );
        }
    }
    Some(Amendment {
        head: block.head(),
        number: block.count("number"),
        replaces: block.text("replaces"),
        approved: approved(&block),
        reason: block.text("reason"),
        sections: block.texts("sections"),
        substantial: block.truth("substantial"),
        applies_to: block.text("applies-to"),
    })
}

fn approved(block: &Block<'_>) -> Vec<(String, jiff::civil::Date)> {
    let Some(inner) = block.inner("approved") else { return Vec::new() };
    let keys = inner.table.entries.iter().map(|entry| entry.key.as_str());
    keys.filter_map(|key| inner.date(key).map(|date| (key.to_owned(), date))).collect()
}

/// `[open.x]`.
pub(super) fn open(cx: &Context<'_>) -> Blocks<OpenId, OpenQuestion> {
    blocks(cx, "open", &OPEN, |block, id| {
        let (head, ask, took) = (block.head(), block.text("ask"), block.text("took"));
        Some(OpenQuestion { id, head, ask: ask?, took: took? })
    })
}
