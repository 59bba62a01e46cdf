//! Reads a drug's ladder and the lines that move a subject on it.

use super::block::{Block, EVERY_BLOCK, Keys};
use super::findings::quote;
use crate::finding::Code;
use crate::model::{DrugVerb, Ladder, Titration};

const TITRATE: Keys =
    Keys { may: &["when", "for", "level", "after", "while", "then"], must: &["when", "then"] };

/// `levels`, `start`, `again` and `[[regimen.x.titrate]]`; none when there is no level and no line.
pub(super) fn ladder(block: &Block<'_>) -> Option<Ladder> {
    let levels: Vec<_> = block
        .texts_at("levels")
        .into_iter()
        .filter_map(|(text, at)| block.scalar_of("level", text, at))
        .collect();
    let written = block.texts_at("levels").len();
    let start = block.count("start");
    if written > 0 && !start.is_some_and(|start| (1..=written).contains(&(start as usize))) {
        block.find_at("start", Code::DoesNotFit, "start is no level", format!("a level from 1 to {written}"));
    }
    let again = block.scalar("again");
    let lines = block.tables("titrate");
    if !lines.is_empty() && !block.has("again") {
        block.find_here(Code::Missing, "a ladder needs again", "again = \"SPAN\", the rest after a change");
    }
    if levels.is_empty() && lines.is_empty() {
        return None;
    }
    Some(Ladder {
        levels,
        start,
        again,
        lines: lines.iter().filter_map(|line| titration(line, written)).collect(),
    })
}

fn titration(block: &Block<'_>, levels: usize) -> Option<Titration> {
    block.check_keys(&TITRATE, EVERY_BLOCK);
    let head = block.head();
    let level = block.count("level");
    if block.has("after") && !block.has("level") {
        block.find_at("after", Code::Missing, "after a time at which level?", "level = N beside after");
    }
    if let Some(level) = level
        && !(1..=levels).contains(&(level as usize))
    {
        let found = format!("there is no level {level}");
        block.find_at("level", Code::DoesNotFit, found, format!("a level from 1 to {levels}"));
    }
    let stopped = block.word("while", |word| (word == "stopped").then_some(()), &["stopped"]).is_some();
    let then: Vec<DrugVerb> =
        block.texts_at("then").into_iter().filter_map(|(text, at)| verb(block, text, at)).collect();
    for verb in &then {
        if matches!(verb, DrugVerb::ResumeLower(_)) != stopped {
            let allowed = "only resume beside while = \"stopped\", and resume only there";
            block.find_at("then", Code::DoesNotFit, "resume goes with while = \"stopped\"", allowed);
        }
    }
    let (after, lasts) = (block.scalar("after"), block.scalar("for"));
    let when = block.condition("when", &block.cx.dictionaries.facts)?;
    Some(Titration { head, when, lasts, level, after, while_stopped: stopped, then })
}

fn verb(block: &Block<'_>, text: &str, at: usize) -> Option<DrugVerb> {
    let verb = DrugVerb::from_words(text);
    if verb.is_none() {
        block.find(at, Code::NotAWord, format!("unknown verb '{}'", quote(text)), DrugVerb::ALLOWED);
    }
    verb
}
