//! Who may enter.

use super::{Passage, Teller, say};
use crate::model::{Criterion, CriterionKind, CriterionStep};

/// Every criterion, one passage each.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    protocol.include.values().chain(protocol.exclude.values()).map(|one| criterion(teller, one)).collect()
}

fn criterion(teller: &Teller<'_>, criterion: &Criterion) -> Passage {
    let lang = teller.lang;
    let mut grounds = Vec::new();
    if let Some(when) = &criterion.when {
        grounds.push(teller.condition(when));
    }
    if let Some(attest) = &criterion.attest {
        grounds.push(say!(lang, "a person signs: “{attest}”", "有关人员签署确认“{attest}”"));
    }
    if let Some(on) = &criterion.on {
        let event = teller.event(on);
        grounds.push(say!(lang, "{event} has happened", "{event}已发生"));
    }
    if !criterion.needs.is_empty() {
        let papers = teller.list(criterion.needs.iter().map(|paper| teller.word(paper)));
        grounds.push(say!(lang, "these documents are there: {papers}", "下列文件齐备：{papers}"));
    }
    let all = teller.list(grounds.iter());
    let all = match &criterion.or_attest {
        None => all,
        Some(other) => {
            say!(lang, "{all}, or a person signs: “{other}”", "{all}，或由有关人员签署确认“{other}”")
        }
    };
    let step = step(teller, criterion.at);
    let sentence = match criterion.kind {
        CriterionKind::Include => say!(
            lang,
            "To take part it must be so, {step}: {all}. What is not known does not let in.",
            "入选标准（{step}核查）：{all}。情况不明者不得入选。"
        ),
        CriterionKind::Exclude => say!(
            lang,
            "Nobody takes part of whom it is so, {step}: {all}. What is not known keeps out.",
            "排除标准（{step}核查）：{all}。情况不明者不得入选。"
        ),
    };
    teller.passage(format!("{}.{}", criterion.kind, criterion.id), &criterion.head, vec![sentence])
}

fn step(teller: &Teller<'_>, at: Option<CriterionStep>) -> String {
    let lang = teller.lang;
    match at {
        None => say!(lang, "at enrollment and again at randomization", "登记入组时及随机分组时"),
        Some(CriterionStep::Consent) => say!(lang, "as of the day of consent", "以签署知情同意书当日为准"),
        Some(CriterionStep::Enrollment) => say!(lang, "at enrollment only", "仅登记入组时"),
        Some(CriterionStep::Randomization) => say!(lang, "at randomization only", "仅随机分组时"),
    }
}
