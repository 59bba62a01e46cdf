//! Records, changes, ethics, analysis and the open questions.

use super::{Passage, Teller, say};
use crate::model::{Analysis, Changes, Ethics, Interim, Records};

/// How the trial is kept in order, and what the paper leaves open.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    let mut passages = vec![records(teller, &protocol.records)];
    passages.extend(protocol.changes.as_ref().map(|one| changes(teller, one)));
    passages.extend(protocol.ethics.as_ref().map(|one| ethics(teller, one)));
    passages.extend(protocol.analysis.as_ref().map(|one| analysis(teller, one)));
    passages.extend(protocol.open.values().map(|open| {
        let (lang, ask, took) = (teller.lang, teller.prose(&open.ask), teller.prose(&open.took));
        let sentences = vec![
            say!(lang, "The paper leaves open: {ask}", "方案未明确之处：{ask}"),
            say!(lang, "This file takes: {took}", "本文件采用：{took}"),
        ];
        teller.passage(format!("open.{}", open.id), &open.head, sentences)
    }));
    passages
}

fn records(teller: &Teller<'_>, records: &Records) -> Passage {
    let lang = teller.lang;
    let (keep, from) = (teller.span(&records.keep), teller.moment(&records.keep_from));
    let mut sentences =
        vec![say!(lang, "Records are kept for {keep} from {from}.", "资料自{from}起保存 {keep}。")];
    if !records.identify_by.is_empty() {
        let by = teller.list(records.identify_by.iter());
        sentences.push(say!(lang, "Subjects are identified by {by}.", "受试者以 {by} 标识。"));
    }
    if !records.identify_may.is_empty() {
        let may = teller.list(records.identify_may.iter());
        sentences.push(say!(
            lang,
            "Beside it may stand {may}; they are personal data, never in events, logs or alerts.",
            "可另附 {may}；此属个人信息，不得出现于事件、日志或警报中。"
        ));
    }
    if !records.keep_what.is_empty() {
        let what = teller.list(records.keep_what.iter());
        sentences.push(say!(lang, "Kept are {what}.", "保存内容：{what}。"));
    }
    if !records.sponsor_keeps.is_empty() {
        let what = teller.list(records.sponsor_keeps.iter());
        sentences.push(say!(
            lang,
            "The sponsor keeps {what}, as long as the regulator requires.",
            "申办者按监管要求的期限保存：{what}。"
        ));
    }
    if !records.inspect.is_empty() {
        let who = teller.roles(&records.inspect);
        sentences.push(say!(lang, "They may be inspected by {who}.", "{who}可以查阅。"));
    }
    teller.passage("records", &records.head, sentences)
}

fn changes(teller: &Teller<'_>, changes: &Changes) -> Passage {
    let (lang, who) = (teller.lang, teller.roles(&changes.approve));
    let mut sentences = vec![say!(lang, "Changes are approved by {who}.", "方案修改须经{who}批准。")];
    sentences.extend(changes.urgent.iter().map(|urgent| teller.prose(urgent)));
    teller.passage("changes", &changes.head, sentences)
}

fn ethics(teller: &Teller<'_>, ethics: &Ethics) -> Passage {
    let (lang, who) = (teller.lang, teller.roles(&ethics.approve));
    let mut sentences = Vec::new();
    if let Some(follow) = &ethics.follow {
        sentences.push(say!(lang, "The trial follows: {follow}.", "本试验遵循：{follow}。"));
    }
    sentences.push(say!(lang, "It is approved by {who}.", "本试验须经{who}批准。"));
    sentences.extend(ethics.attest.iter().map(|attest| teller.prose(attest)));
    teller.passage("ethics", &ethics.head, sentences)
}

fn analysis(teller: &Teller<'_>, analysis: &Analysis) -> Passage {
    let lang = teller.lang;
    let mut sentences: Vec<String> = analysis.attest.iter().map(|attest| teller.prose(attest)).collect();
    match analysis.interim {
        Some(Interim::None) => {
            sentences.push(say!(lang, "There is no interim analysis.", "不进行期中分析。"))
        }
        Some(Interim::Descriptive) => sentences.push(say!(
            lang,
            "Interim results are described, and not tested.",
            "期中结果仅作描述，不作检验。"
        )),
        None => {}
    }
    teller.passage("analysis", &analysis.head, sentences)
}
