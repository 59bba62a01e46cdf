//! Reads inclusion and exclusion criteria.

use super::block::{Block, Keys, blocks};
use super::context::Context;
use crate::blocks::Blocks;
use crate::finding::Code;
use crate::ids::CriterionId;
use crate::model::{Criterion, CriterionKind, CriterionStep};

const KEYS: Keys = Keys { may: &["when", "attest", "or-attest", "needs", "on", "at"], must: &[] };

/// `[include.x]` or `[exclude.x]`.
pub(super) fn criteria(cx: &Context<'_>, kind: CriterionKind) -> Blocks<CriterionId, Criterion> {
    blocks(cx, kind.as_str(), &KEYS, |block, id| criterion(block, id, kind))
}

fn criterion(block: &Block<'_>, id: CriterionId, kind: CriterionKind) -> Option<Criterion> {
    if !["when", "attest", "needs", "on"].into_iter().any(|key| block.has(key)) {
        block.find_here(Code::Missing, "nothing to decide by", "when, attest, needs or on");
    }
    Some(Criterion {
        id,
        kind,
        head: block.head(),
        when: block.condition("when", &block.cx.dictionaries.facts),
        attest: block.text("attest"),
        or_attest: block.text("or-attest"),
        needs: block.texts("needs"),
        on: block.event("on"),
        at: step(block),
    })
}

fn step(block: &Block<'_>) -> Option<CriterionStep> {
    let (text, at) = block.text_at("at")?;
    let step = CriterionStep::from_word(text);
    if step.is_none() {
        let found =
            format!("at = '{}' is not consent, enrollment or randomization", super::findings::quote(text));
        block.find(at, Code::NotAWord, found, CriterionStep::WORDS.join(", "));
    }
    step
}
