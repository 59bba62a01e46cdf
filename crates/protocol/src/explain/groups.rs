//! Arms, allocation, sample size, cohorts, escalation and stagger.

use super::{Passage, Teller, say};
use crate::model::{Allocation, Arm, Cohort, CohortSize, Correction, Escalation, EscalationRule, SampleSize};

/// How people are grouped, and how many there are.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    let mut passages: Vec<Passage> = protocol.arms.values().map(|one| arm(teller, one)).collect();
    passages.push(allocation(teller, &protocol.allocation));
    passages.extend(protocol.sample_size.as_ref().map(|size| sample_size(teller, size)));
    passages.extend(protocol.cohorts.values().map(|one| cohort(teller, one)));
    passages.extend(protocol.escalation.as_ref().map(|one| escalation(teller, one)));
    passages.extend(protocol.stagger.as_ref().map(|stagger| {
        let (lang, gap) = (teller.lang, teller.span(&stagger.gap));
        let between = stagger.between.clone().unwrap_or_default();
        let sentence =
            say!(lang, "At least {gap} lie between: {between}.", "下列事项之间至少间隔 {gap}：{between}。");
        teller.passage("stagger", &stagger.head, vec![sentence])
    }));
    passages
}

fn arm(teller: &Teller<'_>, arm: &Arm) -> Passage {
    let (lang, id, role) = (teller.lang, &arm.id, teller.word(arm.role.as_str()));
    let gives = teller.list(arm.gives.iter().map(ToString::to_string));
    let mut sentences = vec![say!(
        lang,
        "Arm {id} ({role}): its subjects receive {gives}.",
        "{id} 组为{role}组，受试者接受：{gives}。"
    )];
    if let Some(size) = arm.size {
        sentences.push(say!(lang, "It takes {size} subjects.", "计划纳入 {size} 例。"));
    }
    teller.passage(format!("arm.{id}"), &arm.head, sentences)
}

fn allocation(teller: &Teller<'_>, allocation: &Allocation) -> Passage {
    let lang = teller.lang;
    let (method, blinding) =
        (teller.word(allocation.method.as_str()), teller.word(allocation.blinding.as_str()));
    let mut sentences = vec![say!(
        lang,
        "Subjects are allocated by {method}; the trial is {blinding}.",
        "分组方式：{method}；设盲方式：{blinding}。"
    )];
    if !allocation.ratio.is_empty() {
        let ratio: Vec<String> =
            allocation.ratio.iter().map(|(arm, share)| format!("{arm} {share}")).collect();
        let ratio = ratio.join(" : ");
        sentences.push(say!(lang, "The ratio is {ratio}.", "分配比例为 {ratio}。"));
    }
    if !allocation.blocks.is_empty() {
        let sizes = teller.list(allocation.blocks.iter().map(ToString::to_string));
        sentences.push(say!(lang, "The blocks have {sizes} places.", "区组长度为 {sizes}。"));
    }
    if !allocation.strata.is_empty() {
        let strata = teller.list(allocation.strata.iter());
        sentences.push(say!(lang, "It is stratified by {strata}.", "分层因素为 {strata}。"));
    } else if !allocation.ratio.is_empty() {
        sentences.push(say!(lang, "There are no strata.", "不设分层因素。"));
    }
    if !allocation.blind.is_empty() {
        let blind = teller.list(allocation.blind.iter().map(|who| teller.word(who)));
        sentences.push(say!(lang, "Blind to the arm: {blind}.", "对分组设盲者：{blind}。"));
    }
    teller.passage("allocation", &allocation.head, sentences)
}

fn sample_size(teller: &Teller<'_>, size: &SampleSize) -> Passage {
    let lang = teller.lang;
    let mut sentences = Vec::new();
    if let Some(figures) = &size.figures {
        let expected = teller.list(figures.expected.iter().map(|(arm, share)| format!("{arm} {share}")));
        let (alpha, power, per_arm, sides) = (figures.alpha, figures.power, figures.per_arm, figures.sides);
        let correction = match figures.correction {
            Correction::None => say!(lang, "without correction", "不作校正"),
            Correction::Continuity => say!(lang, "with continuity correction", "采用连续性校正"),
        };
        sentences.push(say!(
            lang,
            "Two proportions are compared, expected {expected}; alpha {alpha}, {sides}-sided, {correction}, \
             power {power}: {per_arm} in each arm.",
            "两个率的比较，预期 {expected}；α = {alpha}，{sides} 侧检验，{correction}，检验效能 {power}：每组 {per_arm} 例。"
        ));
    }
    if let Some(endpoint) = &size.endpoint {
        sentences.push(say!(lang, "The endpoint is {endpoint}.", "依据终点 {endpoint} 计算。"));
    }
    if let Some(dropout) = &size.dropout {
        sentences.push(say!(lang, "{dropout} are expected to be lost.", "预计脱落率 {dropout}。"));
    }
    if !size.enroll.arms.is_empty() {
        let arms = teller.list(size.enroll.arms.iter().map(|(arm, number)| format!("{arm} {number}")));
        sentences.push(say!(lang, "By arm: {arms}.", "各组例数：{arms}。"));
    }
    if let Some(total) = size.enroll.total {
        sentences.push(say!(lang, "{total} are enrolled in all.", "共计纳入 {total} 例。"));
    }
    teller.passage("sample-size", &size.head, sentences)
}

fn cohort(teller: &Teller<'_>, cohort: &Cohort) -> Passage {
    let (lang, id) = (teller.lang, &cohort.id);
    let mut sentences = Vec::new();
    if let Some(size) = cohort.size.map(|size| range(teller, size)) {
        sentences.push(say!(lang, "Cohort {id} takes {size} subjects.", "队列 {id} 纳入 {size} 例。"));
    }
    if let Some(who) = &cohort.who {
        let who = teller.condition(who);
        sentences.push(say!(lang, "It takes those of whom {who}.", "纳入对象：{who}。"));
    }
    if let Some(returns) = &cohort.returns {
        sentences.push(say!(
            lang,
            "They are the people of cohort {returns}, treated again.",
            "由队列 {returns} 的受试者再次接受治疗。"
        ));
    }
    if !cohort.needs.is_empty() {
        let papers = teller.list(cohort.needs.iter().map(|paper| teller.word(paper)));
        sentences.push(say!(lang, "It needs {papers}.", "须具备{papers}。"));
    }
    sentences.extend(teller.injections(&cohort.inject));
    if let Some(dose) = &cohort.dose {
        let dose = teller.dose(dose);
        sentences.push(say!(lang, "The dose is {dose}.", "剂量：{dose}。"));
    }
    sentences.extend(teller.repeats(cohort.times, cohort.every.as_ref()));
    teller.passage(format!("cohort.{id}"), &cohort.head, sentences)
}

fn range(teller: &Teller<'_>, size: CohortSize) -> String {
    let (lang, least, most) = (teller.lang, size.least, size.most);
    if least == most { most.to_string() } else { say!(lang, "{least} to {most}", "{least} 至 {most}") }
}

fn escalation(teller: &Teller<'_>, escalation: &Escalation) -> Passage {
    let lang = teller.lang;
    let order = escalation.order.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → ");
    let rule = match escalation.rule {
        EscalationRule::Sequential => say!(lang, "one after the other", "依次递进"),
        EscalationRule::ThreePlusThree => say!(lang, "by the rule of 3+3", "按 3+3 规则"),
    };
    let mut sentences = vec![say!(lang, "The cohorts open {rule}: {order}.", "各队列{rule}开放：{order}。")];
    let next = &escalation.next;
    if let Some(completed) = next.completed {
        sentences.push(say!(
            lang,
            "The next opens when {completed} subjects have completed the one before.",
            "前一队列完成 {completed} 例后，方可开放下一队列。"
        ));
    }
    if let Some(observed) = &next.observed {
        let span = teller.span(observed);
        let after = next.after.as_ref().map(|anchor| teller.anchor(anchor)).unwrap_or_default();
        sentences.push(say!(
            lang,
            "They have been observed for {span} from {after}.",
            "且自{after}起已观察满 {span}。"
        ));
    }
    if let Some(event) = &next.without {
        let event = teller.event(event);
        sentences.push(say!(lang, "None of them had {event}.", "且均未发生{event}。"));
    }
    if !escalation.decide.is_empty() {
        let who = teller.roles(&escalation.decide);
        sentences.push(say!(lang, "It is decided by {who}.", "由{who}决定。"));
    }
    for gate in &escalation.gates {
        let (cohort, who) = (&gate.before, teller.roles(&gate.decide));
        sentences.push(say!(
            lang,
            "Before cohort {cohort} opens, {who} decides as well.",
            "队列 {cohort} 开放前，还须{who}同意。"
        ));
    }
    teller.passage("escalation", &escalation.head, sentences)
}
