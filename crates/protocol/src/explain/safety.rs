//! Adverse events, rules and reports.

use super::{Passage, Teller, say};
use crate::model::{AdverseEvents, Collect, Report, Rule, RuleScope, Verb};

/// What protects the subjects.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    let events = &protocol.adverse_events;
    let mut passages = vec![adverse_events(teller, events)];
    passages.extend(events.collect.values().map(|one| collect(teller, one)));
    passages.extend(events.laboratory.as_ref().map(|laboratory| {
        let lang = teller.lang;
        let mut sentences = Vec::new();
        if let Some(attest) = &laboratory.attest {
            sentences.push(say!(
                lang,
                "A laboratory result becomes an adverse event when a person finds: “{attest}”.",
                "实验室结果经人员认定“{attest}”时，方作为不良事件上报。"
            ));
        }
        if !laboratory.spare.is_empty() {
            let spare = teller.list(laboratory.spare.iter().map(|fact| teller.word(fact.as_str())));
            sentences.push(say!(
                lang,
                "From these the platform raises nothing, people do: {spare}.",
                "下列指标系统不自动上报，由人员判断：{spare}。"
            ));
        }
        teller.passage("adverse-events.laboratory", &laboratory.head, sentences)
    }));
    passages.extend(protocol.rules.values().map(|one| rule(teller, one)));
    passages.extend(protocol.reports.values().map(|one| report(teller, one)));
    passages
}

fn adverse_events(teller: &Teller<'_>, events: &AdverseEvents) -> Passage {
    let (lang, scale) = (teller.lang, events.scale);
    let serious = teller.list(events.serious.iter().map(|word| teller.word(word.as_str())));
    let mut sentences = vec![
        say!(lang, "Adverse events are graded by {scale}.", "不良事件按 {scale} 分级。"),
        say!(lang, "An event is serious by {serious}.", "严重不良事件标准：{serious}。"),
    ];
    for (word, when) in events.except.iter() {
        let (word, when) = (teller.word(word.as_str()), teller.condition(when));
        sentences.push(say!(
            lang,
            "“{word}” does not count while it is known that {when}.",
            "已知{when}时，“{word}”不作为严重性标准。"
        ));
    }
    if let Some(history) = &events.history {
        let history = teller.condition(history);
        sentences.push(say!(
            lang,
            "Recorded as history, and still seen by the rules, when {history}.",
            "{history}者作为病史记录，安全规则仍予评估。"
        ));
    }
    if let Some(follow) = &events.follow {
        sentences.push(say!(lang, "Events are followed {follow}.", "不良事件随访要求：{follow}。"));
    }
    if let Some(follow) = &events.follow_serious {
        sentences.push(say!(lang, "Serious ones are followed {follow}.", "严重不良事件随访要求：{follow}。"));
    }
    if let Some(group) = &events.group_by {
        sentences.push(say!(lang, "They are grouped by {group}.", "按 {group} 归类。"));
    }
    if let Some(examples) = &events.examples {
        sentences.push(teller.prose(examples));
    }
    teller.passage("adverse-events", &events.head, sentences)
}

fn collect(teller: &Teller<'_>, collect: &Collect) -> Passage {
    let (lang, id) = (teller.lang, &collect.id);
    let (from, until) = (teller.moment(&collect.from), teller.collect_end(&collect.until));
    let which = match &collect.when {
        None => say!(lang, "all adverse events", "全部不良事件"),
        Some(when) => {
            let when = teller.condition(when);
            say!(lang, "adverse events of which {when}", "符合下列条件的不良事件：{when}，")
        }
    };
    let mut sentences = vec![say!(
        lang,
        "Collection {id}: {which}, from {from}, {until}.",
        "收集范围 {id}：{which}自{from}起，{until}。"
    )];
    if !collect.events.is_empty() {
        let events = teller.events(&collect.events);
        sentences.push(say!(lang, "With them {events} are collected.", "一并收集：{events}。"));
    }
    teller.passage(format!("adverse-events.collect.{id}"), &collect.head, sentences)
}

fn rule(teller: &Teller<'_>, rule: &Rule) -> Passage {
    let (lang, id) = (teller.lang, &rule.id);
    let mut sentences = Vec::new();
    let mut asked = Vec::new();
    if let Some(on) = &rule.on {
        let on = teller.event(on);
        asked.push(say!(lang, "on {on}", "发生{on}时"));
    }
    if let Some(when) = &rule.when {
        let when = teller.condition(when);
        asked.push(say!(lang, "when {when}", "若{when}"));
    }
    asked.extend(limits(teller, rule));
    if let Some(attest) = &rule.attest {
        let by = signers(teller, rule);
        asked.push(say!(lang, "when {by} signs: “{attest}”", "经{by}签署确认“{attest}”"));
    }
    let (asked, then) = (asked.join(&say!(lang, ", ", "，")), verbs(teller, rule));
    sentences.push(say!(lang, "Rule {id}: {asked}: {then}.", "规则 {id}：{asked}：{then}。"));
    if let Some(other) = &rule.or_attest {
        let by = signers(teller, rule);
        sentences.push(say!(
            lang,
            "It acts too when {by} signs: “{other}”.",
            "或经{by}签署确认“{other}”，同样生效。"
        ));
    }
    let restrains = rule.then.iter().any(Verb::restrains);
    if restrains && rule.on.is_some() {
        sentences.push(say!(
            lang,
            "A fact or time that is not known holds all the same, until a recorded assessment.",
            "相关情况或时间不明时同样先行暂停，直至有评估记录为止。"
        ));
    }
    teller.passage(format!("rule.{id}"), &rule.head, sentences)
}

fn limits(teller: &Teller<'_>, rule: &Rule) -> Vec<String> {
    let lang = teller.lang;
    let mut limits = Vec::new();
    if let Some(within) = &rule.within {
        let within = teller.within(within);
        limits.push(say!(lang, "{within}", "时间在{within}"));
    }
    if let Some(after) = &rule.after {
        let after = teller.moment(after);
        limits.push(say!(lang, "at or after {after}", "时间在{after}之时或之后"));
    }
    if let Some(before) = &rule.before {
        let before = teller.moment(before);
        limits.push(say!(lang, "before {before}", "时间在{before}之前"));
    }
    if let Some(threshold) = &rule.threshold {
        let (count, of) = (threshold.count, scope(teller, threshold.of));
        limits.push(say!(lang, "once there are {count} in {of}", "且在{of}中达到 {count} 例"));
    }
    limits
}

fn signers(teller: &Teller<'_>, rule: &Rule) -> String {
    if rule.by.is_empty() {
        return teller.role(crate::model::Role::Investigator);
    }
    let roles: Vec<String> = rule.by.iter().map(|role| teller.role(*role)).collect();
    roles.join(&say!(teller.lang, " or ", "或"))
}

fn scope(teller: &Teller<'_>, scope: RuleScope) -> String {
    let lang = teller.lang;
    match scope {
        RuleScope::Subject => say!(lang, "the subject", "该受试者"),
        RuleScope::Cohort => say!(lang, "the cohort", "该队列"),
        RuleScope::Trial => say!(lang, "the whole trial", "整个试验"),
    }
}

fn verbs(teller: &Teller<'_>, rule: &Rule) -> String {
    let (lang, scope) = (teller.lang, scope(teller, rule.scope));
    let acts: Vec<String> = rule.then.iter().map(|verb| act(teller, verb, &scope)).collect();
    acts.join(&say!(lang, "; ", "；"))
}

fn act(teller: &Teller<'_>, verb: &Verb, scope: &str) -> String {
    let lang = teller.lang;
    match verb {
        Verb::HoldDosing => {
            say!(
                lang,
                "dosing is held in {scope}, while allocation goes on",
                "暂停{scope}的给药，分组照常进行"
            )
        }
        Verb::StopDosing => {
            say!(
                lang,
                "the subject's treatment ends, while follow-up goes on",
                "终止该受试者的治疗，随访继续"
            )
        }
        Verb::WithdrawSubject => say!(lang, "the subject leaves the study", "该受试者退出研究"),
        Verb::FailScreening => {
            say!(lang, "the registration ends as a screen failure", "登记终止，记为筛选失败")
        }
        Verb::SuspendTrial => say!(
            lang,
            "allocation and dosing are held in the whole trial, while data, safety and follow-up go on",
            "暂停整个试验的分组与给药，数据、安全性与随访工作照常进行"
        ),
        Verb::TerminateTrial => say!(
            lang,
            "the trial is terminated by a hold that nobody can release",
            "终止试验，所设暂停任何人不得解除"
        ),
        Verb::PauseEnrollment => say!(lang, "allocation is held in {scope}", "暂停{scope}的分组"),
        Verb::PauseCohort => say!(lang, "first doses of the cohort are held", "暂停该队列的首次给药"),
        Verb::ConveneSafetyBoard => say!(lang, "the safety board is called together", "召集安全监察委员会"),
        Verb::NotifySafetyBoard => say!(lang, "the safety board is told", "通知安全监察委员会"),
        Verb::ProposeDoseReduction => say!(lang, "a lower dose is proposed", "提议降低剂量"),
        Verb::TreatSymptoms => say!(lang, "the symptoms are treated", "对症处理"),
        Verb::TreatWith(drug) => say!(lang, "{drug} is given", "给予 {drug}"),
    }
}

fn report(teller: &Teller<'_>, report: &Report) -> Passage {
    let (lang, id, to, due) = (teller.lang, &report.id, teller.roles(&report.to), teller.span(&report.due));
    let mut asked = Vec::new();
    if let Some(on) = &report.on {
        let on = teller.event(on);
        asked.push(say!(lang, "on {on}", "发生{on}时"));
    }
    if let Some(when) = &report.when {
        let when = teller.condition(when);
        asked.push(say!(lang, "when {when}", "若{when}"));
    }
    if let Some(within) = &report.within {
        let within = teller.within(within);
        asked.push(say!(lang, "{within}", "且在{within}"));
    }
    let asked = asked.join(&say!(lang, ", ", "，"));
    let sentences = vec![
        say!(
            lang,
            "Report {id}: {asked}: {to} are told within {due}.",
            "报告 {id}：{asked}：须在 {due}内报告{to}。"
        ),
        say!(lang, "What is not known starts the clock.", "情况不明时即开始计时。"),
    ];
    teller.passage(format!("report.{id}"), &report.head, sentences)
}
