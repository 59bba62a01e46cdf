//! Nothing in a file is left unsaid, in either language.

use std::collections::BTreeSet;

use holdpoint_protocol::{Lang, explain};

use crate::shelf::{TRIALS, text, trial};

/// The blocks of a file by name, as a reader of TOML finds them.
fn blocks(text: &str) -> BTreeSet<String> {
    let document: toml::Table = toml::from_str(text).unwrap();
    let mut names = BTreeSet::new();
    for (kind, value) in &document {
        let Some(table) = value.as_table() else { continue };
        let single = [
            "study",
            "source",
            "allocation",
            "sample-size",
            "escalation",
            "stagger",
            "windows",
            "records",
            "changes",
            "ethics",
            "analysis",
            "amendment",
            "adverse-events",
        ];
        if single.contains(&kind.as_str()) {
            names.insert(kind.clone());
        } else {
            names.extend(table.keys().map(|id| format!("{kind}.{id}")));
        }
        for id in table.get("collect").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys)
        {
            names.insert(format!("{kind}.collect.{id}"));
        }
    }
    names
}

/// Every text under a key of prose, with the ids and numbers that must be said word by word.
fn prose(value: &toml::Value, key: &str, found: &mut Vec<String>) {
    const PROSE: [&str; 24] = [
        "text",
        "label",
        "attest",
        "or-attest",
        "ask",
        "took",
        "care",
        "urgent",
        "follow",
        "follow-serious",
        "examples",
        "reason",
        "applies-to",
        "drug",
        "what",
        "maker",
        "title",
        "objective",
        "hypothesis",
        "sponsor",
        "between",
        "against",
        "steps",
        "group-by",
    ];
    match value {
        toml::Value::String(text) if PROSE.contains(&key) => found.push(text.clone()),
        toml::Value::Array(items) => items.iter().for_each(|item| prose(item, key, found)),
        toml::Value::Table(table) => {
            for (inner, value) in table {
                let key = if key == "steps" { key } else { inner };
                prose(value, key, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_block_of_every_trial_is_said_in_the_order_of_the_file() {
    for name in TRIALS {
        for lang in [Lang::En, Lang::Zh] {
            let told = explain(&trial(name), lang);
            let said: BTreeSet<String> = told.passages.iter().map(|passage| passage.block.clone()).collect();
            for block in blocks(&text(name)) {
                assert!(said.contains(&block), "{name} {lang:?}: {block} is not said");
            }
            for passage in &told.passages {
                assert!(!passage.sentences.is_empty(), "{name} {lang:?}: {} says nothing", passage.block);
                for sentence in passage.sentences.iter().chain(&passage.assumed) {
                    assert!(
                        !sentence.contains("  ") && !sentence.contains("()") && !sentence.contains(".."),
                        "{name}: {sentence}"
                    );
                    assert!(
                        sentence.ends_with(['.', '。', '?', '”', '！']),
                        "{name} {}: {sentence}",
                        passage.block
                    );
                }
            }
        }
    }
}

#[test]
fn every_text_of_every_trial_is_said() {
    for name in TRIALS {
        let mut texts = Vec::new();
        prose(&toml::from_str(&text(name)).unwrap(), "", &mut texts);
        assert!(texts.len() > 5);
        for lang in [Lang::En, Lang::Zh] {
            let told = explain(&trial(name), lang).to_string();
            for text in &texts {
                assert!(told.contains(text.as_str()), "{name} {lang:?}: {text:?} is not said");
            }
        }
    }
}

#[test]
fn every_assumed_item_is_marked() {
    for name in TRIALS {
        let protocol = trial(name);
        for lang in [Lang::En, Lang::Zh] {
            let marked =
                explain(&protocol, lang).passages.iter().map(|passage| passage.assumed.len()).sum::<usize>();
            assert_eq!(marked, protocol.assumed().len(), "{name}");
        }
    }
}

#[test]
fn passages_follow_the_file() {
    let told = explain(&trial("pgf-msc"), Lang::En);
    let order: Vec<&str> = told.passages.iter().map(|passage| passage.block.as_str()).collect();
    let at = |block: &str| order.iter().position(|name| *name == block).unwrap();
    let expected = [
        "id",
        "source",
        "study",
        "include.age",
        "arm.msc",
        "allocation",
        "product.uc-msc",
        "event.pgf",
        "phase.pgf",
        "endpoint.safety",
        "rule.suspend-death",
        "records",
        "open.consecutive",
        "report.unexpected-fatal",
    ];
    assert!(expected.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{order:?}");
}

#[test]
fn the_suspension_rule_reads_as_a_physician_would_write_it() {
    let passage = |lang| {
        let told = explain(&trial("pgf-msc"), lang);
        told.passages.into_iter().find(|passage| passage.block == "rule.suspend-grade-4").unwrap().sentences
    };
    assert_eq!(
        passage(Lang::En),
        [
            "The paper says: “Life-threatening toxicity from the trial treatment”.",
            "Rule suspend-grade-4: on an adverse event, when grade is at least 4 and relatedness to the trial treatment \
             is at least possible, within 2 weeks after an investigational dose: allocation and dosing are held in the \
             whole trial, while data, safety and follow-up go on; the safety board is called together.",
            "A fact or time that is not known holds all the same, until a recorded assessment.",
        ]
    );
    assert_eq!(
        passage(Lang::Zh),
        [
            "方案原文：“Life-threatening toxicity from the trial treatment”。",
            "规则 suspend-grade-4：发生不良事件时，若分级不低于 4，且与试验治疗的相关性不低于“可能”，时间在试验用制剂给药后 2 周内：\
             暂停整个试验的分组与给药，数据、安全性与随访工作照常进行；召集安全监察委员会。",
            "相关情况或时间不明时同样先行暂停，直至有评估记录为止。",
        ]
    );
}
