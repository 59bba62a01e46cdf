//! The title page, the sources and the amendment.

use super::{Passage, Teller, say};
use crate::model::Amendment;

/// Which trial and version this is, what it is made from, and what it changes.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let mut passages = vec![title(teller), sources(teller), study(teller)];
    passages.extend(teller.protocol.amendment.as_ref().map(|amendment| amended(teller, amendment)));
    passages
}

fn plain(block: &str, source: String, sentences: Vec<String>) -> Passage {
    Passage { block: block.to_owned(), source, sentences, assumed: Vec::new() }
}

fn title(teller: &Teller<'_>) -> Passage {
    let (lang, protocol) = (teller.lang, teller.protocol);
    let (title, id, version, digest) = (&protocol.title, &protocol.id, &protocol.version, &protocol.digest);
    let uses = teller.list(protocol.uses.iter().map(ToString::to_string));
    let sentences = vec![
        teller.prose(title),
        say!(
            lang,
            "This is trial {id}, version {version}; it uses the dictionaries {uses}.",
            "本文件为试验 {id} 第 {version} 版，采用数据词典 {uses}。"
        ),
        say!(lang, "Its content is identified by SHA-256 {digest}.", "其内容以 SHA-256 摘要 {digest} 标识。"),
    ];
    plain("id", say!(lang, "this file", "本文件"), sentences)
}

fn sources(teller: &Teller<'_>) -> Passage {
    let lang = teller.lang;
    let work =
        |(key, work): &(String, String)| say!(lang, "“{key}” stands for: {work}.", "“{key}”指：{work}。");
    let source = &teller.protocol.source;
    let mut sentences: Vec<String> = source.works.iter().map(work).collect();
    if !source.sections.is_empty() {
        let sections = source.sections.join(", ");
        sentences.push(say!(
            lang,
            "The sections of the paper are {sections}.",
            "方案所含章节为：{sections}。"
        ));
    }
    plain("source", say!(lang, "this file", "本文件"), sentences)
}

fn study(teller: &Teller<'_>) -> Passage {
    let (lang, study) = (teller.lang, &teller.protocol.study);
    let one = |(key, texts): &(String, Vec<String>)| {
        let (name, text) = (teller.word(key), texts.join("; "));
        say!(lang, "The study's {name}: {text}.", "{name}：{text}。")
    };
    let mut sentences: Vec<String> = study.particulars.iter().map(one).collect();
    sentences.extend(study.timeline.iter().map(|period| {
        let (from, to, what) = (period.from, period.to, &period.what);
        say!(lang, "Planned from {from} to {to}: {what}.", "计划 {from} 至 {to}：{what}。")
    }));
    teller.passage("study", &study.head, sentences)
}

fn amended(teller: &Teller<'_>, amendment: &Amendment) -> Passage {
    let lang = teller.lang;
    let mut sentences = Vec::new();
    let number = amendment.number.map(|number| number.to_string()).unwrap_or_default();
    if let Some(replaces) = &amendment.replaces {
        sentences.push(say!(
            lang,
            "Amendment {number} replaces version {replaces}.",
            "第 {number} 次修订，取代第 {replaces} 版。"
        ));
    }
    if let Some(reason) = &amendment.reason {
        sentences.push(say!(lang, "The reason: {reason}.", "修订理由：{reason}。"));
    }
    let sections = teller.list(amendment.sections.iter());
    sentences.push(say!(lang, "It changes {sections}.", "修订内容涉及 {sections}。"));
    for (who, day) in &amendment.approved {
        sentences.push(say!(lang, "{who} approved it on {day}.", "{who} 于 {day} 批准。"));
    }
    match amendment.substantial {
        Some(true) => sentences.push(say!(lang, "It is substantial.", "属于实质性修订。")),
        Some(false) => sentences.push(say!(lang, "It is not substantial.", "不属于实质性修订。")),
        None => {}
    }
    if let Some(whom) = &amendment.applies_to {
        sentences.push(say!(lang, "It applies to: {whom}.", "适用对象：{whom}。"));
    }
    teller.passage("amendment", &amendment.head, sentences)
}
