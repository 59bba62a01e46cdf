//! A trial file in sentences that a principal investigator reads and signs, in English and Chinese.
//! Every block is said, in the order of the file, with its section; what was assumed is marked, what the
//! paper leaves open is said with the answer that was taken. Prose of the file is quoted as it stands.

mod condition;
mod governance;
mod groups;
mod names;
mod outcome;
mod safety;
mod schedule;
mod time;
mod title;
mod treatment;
mod vocabulary;
mod who;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::assumed::AssumedItem;
use crate::document::{Table, Value};
use crate::model::{Head, Origin};
use crate::protocol::Protocol;

/// The language of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    En,
    /// Chinese, simplified.
    Zh,
}

/// What one block says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// The block, by its full name.
    pub block: String,
    /// Where it comes from: "section 4.2", or the house policy.
    pub source: String,
    /// What it says.
    pub sentences: Vec<String>,
    /// What of it was assumed and waits for confirmation.
    pub assumed: Vec<String>,
}

/// A whole trial file in sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// One passage a block, in the order of the file; house policy last.
    pub passages: Vec<Passage>,
}

/// One sentence in two languages; the named values stand in both.
macro_rules! say {
    ($lang:expr, $en:literal, $zh:literal $(,)?) => {
        match $lang {
            $crate::explain::Lang::En => format!($en),
            $crate::explain::Lang::Zh => format!($zh),
        }
    };
}

pub(crate) use say;

/// Says the whole file.
pub fn explain(protocol: &Protocol, lang: Lang) -> Explanation {
    let teller = Teller { protocol, lang, assumed: protocol.assumed() };
    let mut passages = title::passages(&teller);
    passages.extend(who::passages(&teller));
    passages.extend(groups::passages(&teller));
    passages.extend(treatment::passages(&teller));
    passages.extend(schedule::passages(&teller));
    passages.extend(outcome::passages(&teller));
    passages.extend(safety::passages(&teller));
    passages.extend(governance::passages(&teller));
    passages.sort_by_key(|passage| teller.place(&passage.block));
    Explanation { passages }
}

/// Who tells: the trial and the language.
pub(crate) struct Teller<'a> {
    pub(crate) protocol: &'a Protocol,
    pub(crate) lang: Lang,
    assumed: Vec<AssumedItem>,
}

impl Teller<'_> {
    /// A passage of a block with a head: label and quoted text first.
    fn passage(&self, block: impl Into<String>, head: &Head, mut sentences: Vec<String>) -> Passage {
        let (lang, block) = (self.lang, block.into());
        for sentence in &mut sentences {
            *sentence = sentence.replace(".。", ".");
            if sentence.ends_with("..") {
                sentence.pop();
            }
        }
        let label = head.label.iter().map(|label| self.prose(label));
        let text =
            head.text.iter().map(|text| say!(lang, "The paper says: “{text}”.", "方案原文：“{text}”。"));
        sentences.splice(0..0, label.chain(text));
        Passage { source: self.source(head), assumed: self.assumed(&block, head), block, sentences }
    }

    /// Prose of the file as a sentence of its own.
    fn prose(&self, text: &str) -> String {
        let lang = self.lang;
        let closed = text.ends_with(['.', '?', '!', '。']);
        if closed { text.to_owned() } else { say!(lang, "{text}.", "{text}。") }
    }

    fn source(&self, head: &Head) -> String {
        let (lang, refs) = (self.lang, &head.ref_text);
        match &head.origin {
            Origin::Trial => say!(lang, "source: {refs}", "出处：{refs}"),
            Origin::House(uses) => say!(lang, "house policy {uses}: {refs}", "机构通用规定 {uses}：{refs}"),
        }
    }

    fn assumed(&self, block: &str, head: &Head) -> Vec<String> {
        if head.origin != Origin::Trial {
            return Vec::new();
        }
        let lines = [format!("{block}.titrate["), format!("{block}.category[")];
        let own = |name: &str| name == block || lines.iter().any(|line| name.starts_with(line.as_str()));
        let items = self.assumed.iter().filter(|item| own(&item.block));
        let lang = self.lang;
        let one = |item: &AssumedItem| {
            let (block, value) = (&item.block, &item.value);
            match &item.key {
                None => say!(
                    lang,
                    "Assumed, to be confirmed: all of {block} ({value}).",
                    "推定，待确认：{block} 整段（{value}）。"
                ),
                Some(key) => {
                    say!(
                        lang,
                        "Assumed, to be confirmed: {key} = {value}.",
                        "推定，待确认：{key} = {value}。"
                    )
                }
            }
        };
        items.map(one).collect()
    }

    /// Where a block stands: its byte in the file; house policy after everything.
    fn place(&self, block: &str) -> usize {
        let mut table: &Table = &self.protocol.document;
        let mut place = usize::MAX;
        for part in block.split('.') {
            match table.get(part) {
                Some(entry) => {
                    place = entry.at.start;
                    match &entry.node.value {
                        Value::Table(inner) => table = inner,
                        _ => break,
                    }
                }
                None => return usize::MAX,
            }
        }
        place
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for passage in &self.passages {
            writeln!(f, "[{}]  ({})", passage.block, passage.source)?;
            for sentence in passage.sentences.iter().chain(&passage.assumed) {
                writeln!(f, "  {sentence}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
