//! Reads rules and reports, and refuses what only people may do.

use super::block::{Block, Keys, blocks};
use super::context::Context;
use super::findings::quote;
use crate::blocks::Blocks;
use crate::finding::Code;
use crate::ids::{ReportId, RuleId};
use crate::model::{Report, Role, Rule, RuleScope, Threshold, Verb};

const RULE: Keys = Keys {
    may: &[
        "on",
        "when",
        "attest",
        "or-attest",
        "by",
        "within",
        "after",
        "before",
        "count",
        "of",
        "then",
        "scope",
    ],
    must: &["then", "scope"],
};
const REPORT: Keys = Keys { may: &["on", "when", "within", "to", "due"], must: &["due", "to"] };

/// `[rule.x]`.
pub(super) fn rules(cx: &Context<'_>) -> Blocks<RuleId, Rule> {
    blocks(cx, "rule", &RULE, |block, id| {
        check_waking(block);
        let head = block.head();
        let scope = block.word("scope", RuleScope::from_word, RuleScope::WORDS);
        let by = block.roles("by");
        let then: Vec<Verb> =
            block.texts_at("then").into_iter().filter_map(|(text, at)| verb(block, text, at)).collect();
        check_verbs(block, &then, &by, scope);
        let when = block.condition("when", block.scope_of_on());
        Some(Rule {
            id,
            head,
            on: block.event("on"),
            when,
            attest: block.text("attest"),
            or_attest: block.text("or-attest"),
            by,
            within: block.within(),
            after: block.moment("after"),
            before: block.moment("before"),
            threshold: threshold(block),
            then,
            scope: scope?,
        })
    })
}

/// `[report.x]`.
pub(super) fn reports(cx: &Context<'_>) -> Blocks<ReportId, Report> {
    blocks(cx, "report", &REPORT, |block, id| {
        check_waking(block);
        let head = block.head();
        let when = block.condition("when", block.scope_of_on());
        let (on, within, to, due) =
            (block.event("on"), block.within(), block.roles("to"), block.scalar("due"));
        Some(Report { id, head, on, when, within, to, due: due? })
    })
}

fn check_waking(block: &Block<'_>) {
    if block.has("when") && !block.has("on") {
        block.find_at("when", Code::Missing, "when without on: nothing wakes it", "on = \"EVENT\"");
    }
    if !["when", "attest", "on"].into_iter().any(|key| block.has(key)) {
        block.find_here(Code::Missing, "nothing to decide by", "on, when or attest");
    }
}

fn verb(block: &Block<'_>, text: &str, at: usize) -> Option<Verb> {
    let verb = Verb::from_words(text);
    if verb.is_none() {
        block.find(at, Code::NotAWord, format!("unknown verb '{}'", quote(text)), Verb::ALLOWED);
    }
    verb
}

fn check_verbs(block: &Block<'_>, then: &[Verb], by: &[Role], scope: Option<RuleScope>) {
    if block.has("then") && block.texts_at("then").is_empty() {
        block.find_at("then", Code::Missing, "does nothing", Verb::ALLOWED);
    }
    let signed = block.has("attest") && block.has("by") && !block.has("on");
    if then.contains(&Verb::TerminateTrial) && !signed {
        let found = "only people terminate a trial: attest and by, no on";
        block.find_at("then", Code::OnlyPeople, found, "attest and by, without on");
    }
    if then.contains(&Verb::WithdrawSubject) && by != [Role::Participant] {
        let found = "only the participant ends the study";
        block.find_at("then", Code::OnlyPeople, found, "by = [\"participant\"]");
    }
    let whole_trial = then.iter().any(|verb| matches!(verb, Verb::SuspendTrial | Verb::TerminateTrial));
    if whole_trial && scope.is_some_and(|scope| scope != RuleScope::Trial) {
        let found = "a trial is suspended or terminated in scope trial";
        block.find_at("scope", Code::DoesNotFit, found, "scope = \"trial\"");
    }
}

fn threshold(block: &Block<'_>) -> Option<Threshold> {
    if block.has("count") != block.has("of") {
        block.find_here(Code::DoesNotFit, "count and of go together", "count = N and of = \"cohort\"");
    }
    let (count, of) = (block.count("count"), block.word("of", RuleScope::from_word, RuleScope::WORDS));
    Some(Threshold { count: count?, of: of? })
}
