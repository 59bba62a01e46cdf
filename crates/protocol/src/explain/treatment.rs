//! Products, regimens and ladders.

use super::{Lang, Passage, Teller, say};
use crate::model::{DrugVerb, Give, Inject, Ladder, Product, Regimen, RegimenRole, Titration};
use crate::scalar::{Dose, DosePer, DoseUnit, Interval, Late, Level, Weigh};

/// What is given.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    let products = protocol.products.values().map(|one| product(teller, one));
    products.chain(protocol.regimens.values().map(|one| regimen(teller, one))).collect()
}

impl Teller<'_> {
    /// A dose in words.
    pub(crate) fn dose(&self, dose: &Dose) -> String {
        let lang = self.lang;
        match dose {
            Dose::AsNeeded => say!(lang, "as needed", "按需"),
            Dose::WholeProduct => say!(lang, "the whole product", "全部制剂"),
            Dose::ToBeEntered => say!(lang, "entered by a prescriber", "由处方医师填写"),
            Dose::Amount(amount) => match self.lang {
                Lang::En => amount.to_string().replace("..", " to "),
                Lang::Zh => {
                    let range = if amount.least == amount.most {
                        String::new()
                    } else {
                        format!("{} 至 ", amount.least)
                    };
                    let unit = match amount.unit {
                        DoseUnit::Cells => "个细胞",
                        DoseUnit::InternationalUnit => "单位",
                        DoseUnit::Tablet => "片",
                        unit => unit.as_str(),
                    };
                    let per = match amount.per {
                        Some(DosePer::Kilogram) => "每公斤体重 ",
                        Some(DosePer::SquareMeter) => "每平方米体表面积 ",
                        Some(DosePer::Microliter) => "每微升 ",
                        None => "",
                    };
                    let day = match (amount.per_day, amount.per) {
                        (true, None) => "每日 ",
                        (true, Some(_)) => "每日",
                        (false, _) => "",
                    };
                    format!("{day}{per}{range}{} {unit}", amount.most)
                }
            },
        }
    }

    pub(super) fn injections(&self, inject: &Inject) -> Vec<String> {
        let lang = self.lang;
        let mut parts = Vec::new();
        if let Some(number) = inject.number {
            parts.push(say!(lang, "{number} injections", "共 {number} 个注射点"));
        }
        if let Some(each) = &inject.each {
            let each = self.dose(each);
            parts.push(say!(lang, "{each} in each", "每点 {each}"));
        }
        parts.extend(inject.particulars.iter().map(|(key, texts)| {
            let (key, text) = (self.word(key), texts.join(", "));
            say!(lang, "{key}: {text}", "{key}：{text}")
        }));
        if parts.is_empty() {
            return Vec::new();
        }
        let all = parts.join(match self.lang {
            Lang::En => "; ",
            Lang::Zh => "；",
        });
        vec![say!(lang, "The dose is injected so: {all}.", "注射方式：{all}。")]
    }

    pub(super) fn repeats(&self, times: Option<u32>, every: Option<&Interval>) -> Vec<String> {
        let lang = self.lang;
        match (times, every.map(|every| self.interval(every))) {
            (Some(times), Some(every)) => {
                vec![say!(
                    lang,
                    "It is given {times} times, {every} apart.",
                    "共给药 {times} 次，间隔 {every}。"
                )]
            }
            (Some(1), None) => vec![say!(lang, "It is given once.", "给药 1 次。")],
            (Some(times), None) => vec![say!(lang, "It is given {times} times.", "共给药 {times} 次。")],
            (None, Some(_)) => {
                let every = every.map(|every| self.every(every)).unwrap_or_default();
                vec![say!(lang, "It is given {every}.", "给药频次：{every}。")]
            }
            (None, None) => Vec::new(),
        }
    }

    fn level(&self, level: &Level) -> String {
        match self.lang {
            Lang::En => level.to_string(),
            Lang::Zh => {
                let part = |part: &crate::scalar::LevelPart| {
                    let per = match part.per.as_str() {
                        "day" => "每日",
                        "week" => "每周",
                        "month" => "每月",
                        other => other,
                    };
                    format!("{per} {} 次、每次 {} {}", part.times, part.amount, part.unit.as_str())
                };
                level.parts().iter().map(part).collect::<Vec<_>>().join(" 加 ")
            }
        }
    }
}

fn product(teller: &Teller<'_>, product: &Product) -> Passage {
    let lang = teller.lang;
    let mut sentences: Vec<String> = product
        .particulars
        .iter()
        .map(|(key, text)| {
            let key = teller.word(key);
            say!(lang, "The product's {key}: {text}.", "制剂{key}：{text}。")
        })
        .collect();
    if let Some(from) = &product.from {
        let event = teller.event(from);
        sentences.push(say!(lang, "It is made from {event}.", "由{event}所得材料制备。"));
    }
    if let Some(attest) = &product.attest {
        sentences.push(say!(
            lang,
            "Before use a person signs: “{attest}”.",
            "使用前由有关人员签署确认“{attest}”。"
        ));
    }
    if let Some(accept) = &product.accept {
        let accept = teller.condition(accept);
        sentences.push(say!(
            lang,
            "A lot is used only when {accept}; what is not known refuses the lot.",
            "仅当{accept}时方可使用该批次；任一项不明即不得使用。"
        ));
    }
    teller.passage(format!("product.{}", product.id), &product.head, sentences)
}

fn regimen(teller: &Teller<'_>, regimen: &Regimen) -> Passage {
    let lang = teller.lang;
    let (id, role) = (&regimen.id, role(teller, regimen.role));
    let mut sentences = vec![say!(lang, "Regimen {id} is {role}.", "治疗方案 {id} 为{role}。")];
    sentences.extend(given(teller, regimen));
    sentences.extend(teller.repeats(regimen.times, regimen.every.as_ref()));
    sentences.extend(timing(teller, regimen));
    sentences.extend(weighing(teller, regimen));
    sentences.extend(teller.injections(&regimen.inject));
    if let Some(when) = &regimen.when {
        let when = teller.condition(when);
        sentences.push(say!(lang, "It is for those of whom {when}.", "适用对象：{when}。"));
    }
    sentences.extend(regimen.give.iter().map(|give| one_drug(teller, give)));
    sentences.extend(regimen.steps.iter().map(|step| {
        let (name, what) = (&step.name, &step.what);
        say!(lang, "Step {name}: {what}.", "步骤 {name}：{what}。")
    }));
    if let Some(care) = &regimen.care {
        sentences.push(say!(lang, "Care: {care}.", "护理要求：{care}。"));
    }
    if let Some(ladder) = &regimen.ladder {
        sentences.extend(steps(teller, ladder));
    }
    teller.passage(format!("regimen.{id}"), &regimen.head, sentences)
}

fn role(teller: &Teller<'_>, role: RegimenRole) -> String {
    let lang = teller.lang;
    match role {
        RegimenRole::Investigational => say!(lang, "the treatment under trial", "试验治疗"),
        RegimenRole::Background => say!(lang, "background treatment", "基础治疗"),
        RegimenRole::Conditioning => {
            say!(
                lang,
                "conditioning; it is reckoned here and prescribed by people",
                "预处理方案；系统仅作计算，由医师开具处方"
            )
        }
        RegimenRole::Donor => say!(lang, "given to the donor", "用于供者"),
        RegimenRole::Placebo => say!(lang, "the placebo", "安慰剂"),
    }
}

fn given(teller: &Teller<'_>, regimen: &Regimen) -> Vec<String> {
    let lang = teller.lang;
    let mut sentences = Vec::new();
    if let Some(product) = &regimen.product {
        sentences.push(say!(lang, "The product is {product}.", "所用制剂为 {product}。"));
    }
    if let Some(drug) = &regimen.drug {
        sentences.push(say!(lang, "The drug is {drug}.", "所用药物为 {drug}。"));
    }
    if let Some(route) = &regimen.route {
        let route = teller.word(route);
        sentences.push(say!(lang, "The route is {route}.", "给药途径为{route}。"));
    }
    if let Some(dose) = &regimen.dose {
        let dose = teller.dose(dose);
        sentences.push(say!(lang, "The dose is {dose}.", "剂量：{dose}。"));
    }
    if let Some(tolerance) = &regimen.tolerance {
        sentences.push(say!(
            lang,
            "What is given lies within {tolerance} of what is reckoned; else the dose is not authorized.",
            "实际给药量与计算量相差不得超过 {tolerance}，否则不予授权。"
        ));
    }
    sentences
}

fn timing(teller: &Teller<'_>, regimen: &Regimen) -> Vec<String> {
    let lang = teller.lang;
    let mut sentences = Vec::new();
    if let Some(first) = &regimen.first {
        let span = teller.span(&first.within);
        let phase = teller.protocol.phases.get(first.after.as_str());
        let after = phase.map_or_else(
            || first.after.parse().map(|event| teller.event(&event)).unwrap_or_default(),
            |phase| {
                let id = &phase.id;
                say!(lang, "the end of phase {id}", "{id} 阶段结束")
            },
        );
        sentences.push(say!(
            lang,
            "The first dose is given within {span} after {after}.",
            "首次给药应在{after}后 {span}内进行。"
        ));
    }
    if let Some(window) = &regimen.window {
        let span = teller.span(&window.span());
        sentences.push(say!(lang, "A dose may be {span} early or late.", "每次给药允许提前或推迟 {span}。"));
    }
    match &regimen.late {
        Some(Late::Skip) => sentences.push(say!(
            lang,
            "A dose missed in its window is left out.",
            "错过时间窗的给药不再补给，其余按原计划进行。"
        )),
        Some(Late::Shift { least_days, most_days }) => sentences.push(say!(
            lang,
            "A dose missed in its window is given later and the following shift with it: no two doses are closer \
             than {least_days} days, and beyond {most_days} days after the last dose the safety board decides.",
            "错过时间窗的给药顺延，其后各次随之顺延；任意两次给药间隔不得少于 {least_days} 天，\
             距末次给药超过 {most_days} 天者由安全监察委员会决定。"
        )),
        None if regimen.doses() > 1 && regimen.role == RegimenRole::Investigational => sentences.push(say!(
            lang,
            "Of a dose missed in its window the safety board decides each time.",
            "错过时间窗的给药，由安全监察委员会逐次决定。"
        )),
        None => {}
    }
    sentences
}

fn weighing(teller: &Teller<'_>, regimen: &Regimen) -> Vec<String> {
    let lang = teller.lang;
    let mut sentences = Vec::new();
    match &regimen.weigh {
        Some(Weigh::OnTheDay) => {
            sentences.push(say!(lang, "The subject is weighed on the day.", "给药当日称量体重。"));
        }
        Some(Weigh::WithinBeforeDose(span)) => {
            let span = teller.span(span);
            sentences.push(say!(
                lang,
                "The subject is weighed within {span} before the dose.",
                "给药前 {span}内称量体重。"
            ));
        }
        None => {}
    }
    if let Some(reweigh) = &regimen.reweigh {
        sentences.push(say!(
            lang,
            "The baseline weight stands until the measured weight differs from it by at least {reweigh}.",
            "按基线体重计算剂量；实测体重与基线相差达 {reweigh} 及以上时，改按实测体重计算。"
        ));
    }
    sentences
}

fn one_drug(teller: &Teller<'_>, give: &Give) -> String {
    let (lang, drug, dose) = (teller.lang, &give.drug, teller.dose(&give.dose));
    let mut sentence = say!(lang, "{drug}: {dose}", "{drug}：{dose}");
    if let (Some(every), Some(days)) = (&give.every, give.days) {
        let (every, plural) = (teller.every(every), if days == 1 { "" } else { "s" });
        sentence = match lang {
            Lang::En => format!("{sentence}, {every}, on {days} day{plural}"),
            Lang::Zh => format!("{sentence}，{every}，共 {days} 天"),
        };
    }
    if let Some(route) = &give.route {
        let route = teller.word(route);
        sentence = say!(lang, "{sentence}, {route}", "{sentence}，{route}");
    }
    say!(lang, "{sentence}.", "{sentence}。")
}

fn steps(teller: &Teller<'_>, ladder: &Ladder) -> Vec<String> {
    let lang = teller.lang;
    let mut sentences: Vec<String> = (1..)
        .zip(&ladder.levels)
        .map(|(number, level)| {
            let level = teller.level(level);
            say!(lang, "Level {number}: {level}.", "第 {number} 级：{level}。")
        })
        .collect();
    if let Some(start) = ladder.start {
        sentences.push(say!(lang, "It starts at level {start}.", "自第 {start} 级开始。"));
    }
    if let Some(again) = &ladder.again {
        let span = teller.span(again);
        sentences.push(say!(
            lang,
            "After a change no step up or down is taken for {span}; stopping and ending never wait.",
            "调整后 {span}内不再升降级；停药与终止用药不受此限。"
        ));
    }
    if !ladder.lines.is_empty() {
        sentences.push(say!(
            lang,
            "At each result the first of these lines that holds decides; if none holds, nothing changes.",
            "每次获得结果时，按下列顺序以首个成立者为准；均不成立则不作调整。"
        ));
    }
    sentences.extend((1..).zip(&ladder.lines).map(|(number, line)| one_line(teller, number, line)));
    sentences
}

fn one_line(teller: &Teller<'_>, number: usize, line: &Titration) -> String {
    let lang = teller.lang;
    let mut when = teller.condition(&line.when);
    if let Some(lasts) = &line.lasts {
        let lasts = match lasts {
            crate::scalar::RunFor::ConsecutiveDays(days) => {
                say!(lang, "{days} consecutive days", "连续 {days} 天")
            }
            crate::scalar::RunFor::Span(span) => teller.span(span),
        };
        when = say!(lang, "{when} for {lasts}", "{when}持续 {lasts}");
    }
    if let Some(level) = line.level {
        when = say!(lang, "at level {level}, {when}", "处于第 {level} 级时，{when}");
    }
    if let Some(after) = &line.after {
        let span = teller.span(after);
        when = say!(lang, "{when}, once the level has lasted {span}", "{when}，且该级别已维持 {span}");
    }
    if line.while_stopped {
        when = say!(lang, "while the drug is stopped, {when}", "停药期间，{when}");
    }
    let verbs = line.then.iter().map(|verb| match verb {
        DrugVerb::Stop => say!(lang, "stop the drug", "停药"),
        DrugVerb::End => say!(lang, "end the drug for good", "终止用药"),
        DrugVerb::StepUp(levels) => say!(lang, "go {levels} up", "升 {levels} 级"),
        DrugVerb::StepDown(levels) => say!(lang, "go {levels} down", "降 {levels} 级"),
        DrugVerb::ResumeLower(levels) => {
            say!(lang, "resume {levels} below the last level", "以较停药前低 {levels} 级恢复用药")
        }
    });
    let (verbs, source) = (teller.list(verbs), &line.head.ref_text);
    let text =
        line.head.text.iter().chain(&line.head.label).map(|text| format!("“{text}”")).collect::<String>();
    say!(
        lang,
        "Line {number} ({source}): {when}: {verbs}. {text}",
        "第 {number} 条（{source}）：{when}：{verbs}。{text}"
    )
    .trim_end()
    .to_owned()
}
