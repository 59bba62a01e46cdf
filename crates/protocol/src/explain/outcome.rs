//! Responses and endpoints.

use super::{Passage, Teller, say};
use crate::model::{CategoryTest, Endpoint, Measure, Response, Subject};

/// What is measured, and how it is judged.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    let responses = protocol.responses.values().map(|one| response(teller, one));
    responses.chain(protocol.endpoints.values().map(|one| endpoint(teller, one))).collect()
}

fn response(teller: &Teller<'_>, response: &Response) -> Passage {
    let (lang, id) = (teller.lang, &response.id);
    let mut sentences = Vec::new();
    if let Some(who) = &response.who {
        let who = teller.condition(who);
        sentences.push(say!(
            lang,
            "Response {id} is asked of those of whom {who}.",
            "疗效 {id} 的评估对象：{who}。"
        ));
    }
    if let (Some(from), Some(at)) = (&response.from, &response.at) {
        let (from, at) = (teller.moment(from), teller.moment(at));
        sentences.push(say!(
            lang,
            "Response {id} counts runs that begin after {from}, and is fixed at {at}; the first category reached is it.",
            "疗效 {id} 只计{from}之后开始的连续达标，于{at}判定；按下列顺序以首个达到者为准。"
        ));
    }
    for category in &response.categories {
        let (id, label) = (&category.id, category.head.label.clone().unwrap_or_default());
        let text = category.head.text.iter().map(|text| format!(" “{text}”")).collect::<String>();
        sentences.push(match &category.test {
            CategoryTest::Run(run) => {
                let run = teller.run(run);
                say!(lang, "{id} ({label}): {run}.{text}", "{id}（{label}）：{run}。{text}")
            }
            CategoryTest::Otherwise => {
                say!(lang, "{id} ({label}): all others.{text}", "{id}（{label}）：其余所有情形。{text}")
            }
        });
    }
    if let Some(attest) = &response.attest {
        sentences.push(say!(
            lang,
            "Response {id}: a person judges: “{attest}”.",
            "疗效 {id} 由人员评估：“{attest}”。"
        ));
    }
    if !response.choose.is_empty() {
        let choices = teller.list(response.choose.iter());
        sentences.push(say!(lang, "The answers are {choices}.", "可选结论：{choices}。"));
    }
    teller.passage(format!("response.{id}"), &response.head, sentences)
}

fn endpoint(teller: &Teller<'_>, endpoint: &Endpoint) -> Passage {
    let (lang, id, rank) = (teller.lang, &endpoint.id, teller.word(endpoint.rank.as_str()));
    let measure = measure(teller, &endpoint.measure);
    let mut sentences =
        vec![say!(lang, "Endpoint {id} ({rank}): {measure}.", "终点 {id}（{rank}）：{measure}。")];
    if let Some(when) = &endpoint.when {
        let when = teller.condition(when);
        sentences.push(say!(lang, "Those count of which {when}.", "仅计符合下列条件者：{when}。"));
    }
    if let Some(from) = &endpoint.from {
        let from = teller.moment(from);
        sentences.push(say!(lang, "It counts from {from}.", "自{from}起计。"));
    }
    if let Some(at) = &endpoint.at {
        let at = teller.moment(at);
        sentences.push(say!(lang, "It asks what has been reached by {at}.", "以{at}时是否达到为准。"));
    }
    if let Some(within) = &endpoint.within {
        let within = teller.within(within);
        sentences.push(say!(lang, "It counts {within}.", "计数时限为{within}。"));
    }
    if let Some(against) = &endpoint.against {
        sentences.push(say!(lang, "It is compared with {against}.", "与 {against} 比较。"));
    }
    teller.passage(format!("endpoint.{id}"), &endpoint.head, sentences)
}

fn measure(teller: &Teller<'_>, measure: &Measure) -> String {
    let lang = teller.lang;
    match measure {
        Measure::Rate(events) => {
            let events = teller.events(events);
            say!(lang, "the share of subjects with {events}", "发生{events}的受试者比例")
        }
        Measure::Count(events) => {
            let events = teller.events(events);
            say!(lang, "the number of {events}", "{events}的发生次数")
        }
        Measure::Time { to, from, entry } => {
            let to: Vec<String> = to.iter().map(|event| teller.event(event)).collect();
            let (to, from) = (to.join(&say!(lang, " or ", "或")), teller.event(from));
            match entry.as_ref().map(|event| teller.event(event)) {
                None => say!(lang, "the time from {from} to {to}", "自{from}至{to}的时间"),
                Some(entry) => say!(
                    lang,
                    "the time from {from} to {to}, at risk from {entry}",
                    "自{from}至{to}的时间，自{entry}起进入风险集"
                ),
            }
        }
        Measure::Slope(subject) => {
            let subject = measured(teller, subject);
            say!(lang, "the slope of {subject}", "{subject}的变化斜率")
        }
        Measure::Change(subject) => {
            let subject = measured(teller, subject);
            say!(lang, "the change of {subject}", "{subject}的变化")
        }
        Measure::Response(response) => say!(lang, "the response {response}", "疗效 {response}"),
    }
}

fn measured(teller: &Teller<'_>, subject: &Subject) -> String {
    match subject {
        Subject::Fact(fact) => teller.word(fact.as_str()),
        Subject::Activity(activity) => teller.activity(activity),
    }
}
