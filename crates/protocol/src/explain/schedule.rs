//! Events, windows and the phases of the schedule.

use super::{Passage, Teller, say};
use crate::model::{Event, Phase, Windows};

/// What happens, and what is done when.
pub(super) fn passages(teller: &Teller<'_>) -> Vec<Passage> {
    let protocol = teller.protocol;
    let mut passages: Vec<Passage> = protocol.events.values().map(|one| event(teller, one)).collect();
    passages.extend(protocol.windows.as_ref().map(|all| windows(teller, all)));
    passages.extend(protocol.phases.values().map(|one| phase(teller, one)));
    passages
}

fn event(teller: &Teller<'_>, event: &Event) -> Passage {
    let (lang, id) = (teller.lang, &event.id);
    let mut sentences = Vec::new();
    if event.is_recorded_by_people() {
        sentences.push(say!(lang, "The event {id} is recorded by a person.", "事件“{id}”由人员记录。"));
    }
    if !event.all_of.is_empty() {
        let parts = teller.events(&event.all_of);
        sentences.push(say!(
            lang,
            "The event {id} needs all of {parts}, and is dated to the last of them.",
            "事件“{id}”须同时具备{parts}，以最后发生者之日为准。"
        ));
    }
    sentences.extend(found(teller, event));
    if let Some(within) = &event.within {
        let within = teller.within(within);
        sentences.push(say!(lang, "It counts {within}.", "仅计{within}发生者。"));
    }
    if let Some(from) = &event.from {
        let from = teller.moment(from);
        sentences.push(say!(lang, "It can only begin after {from}.", "只计{from}之后开始者。"));
    }
    if let Some(other) = &event.or_attest {
        sentences.push(say!(lang, "Or a person signs: “{other}”.", "或由有关人员签署确认“{other}”。"));
    }
    if let Some(role) = event.confirm {
        let role = teller.role(role);
        sentences.push(say!(
            lang,
            "The platform proposes it; it counts once {role} has signed.",
            "由系统提示，经{role}签署确认后生效。"
        ));
    }
    for (arm, moment) in event.by_arm.iter() {
        let moment = teller.moment(moment);
        sentences.push(say!(lang, "In arm {arm} it is dated to {moment}.", "在 {arm} 组以{moment}为准。"));
    }
    teller.passage(format!("event.{id}"), &event.head, sentences)
}

/// What the data must show; besides its parts where the event has some (semantics 27).
fn found(teller: &Teller<'_>, event: &Event) -> Option<String> {
    let (lang, id) = (teller.lang, &event.id);
    let on = event.on.as_ref().map(|on| teller.event(on));
    Some(match (event.run.as_ref().map(|run| teller.run(run)), on) {
        (None, None) => return None,
        (None, Some(on)) => say!(lang, "The event {id} is {on}.", "事件“{id}”指{on}。"),
        (Some(run), Some(on)) => {
            say!(lang, "The event {id} is {on} of which {run}.", "事件“{id}”指符合下列条件的{on}：{run}。")
        }
        (Some(run), None) if event.all_of.is_empty() => {
            say!(lang, "The event {id} is found when {run}.", "事件“{id}”的判定条件：{run}。")
        }
        (Some(run), None) => say!(lang, "It is true only if besides {run}.", "并且须同时满足：{run}。"),
    })
}

fn windows(teller: &Teller<'_>, windows: &Windows) -> Passage {
    let lang = teller.lang;
    let one = |(cadence, window): (&crate::scalar::Cadence, &crate::scalar::Window)| {
        let (span, cadence) = (teller.span(&window.span()), teller.cadence(cadence));
        say!(
            lang,
            "What is due {cadence} may be {span} early or late.",
            "{cadence}的检查允许提前或推迟 {span}。"
        )
    };
    teller.passage("windows", &windows.head, windows.by_cadence.iter().map(one).collect())
}

fn phase(teller: &Teller<'_>, phase: &Phase) -> Passage {
    let (lang, id, from) = (teller.lang, &phase.id, teller.moment(&phase.from));
    let mut sentences = Vec::new();
    if phase.until.is_empty() {
        sentences.push(say!(lang, "Phase {id} opens at {from}.", "{id} 阶段自{from}起。"));
    } else {
        let ends: Vec<String> = phase.until.iter().map(|end| teller.phase_end(end)).collect();
        let until = ends.join(&say!(lang, ", or ", "，或"));
        let first = if ends.len() > 1 {
            say!(lang, ", whichever comes first", "（以先到者为准）")
        } else {
            String::new()
        };
        sentences.push(say!(
            lang,
            "Phase {id} opens at {from} and ends at {until}{first}.",
            "{id} 阶段自{from}起，至{until}止{first}。"
        ));
    }
    for (activity, scheduled) in phase.activities.iter() {
        let name = teller.activity(activity);
        let lines: Vec<String> = scheduled.lines.iter().map(|line| teller.line(line)).collect();
        let lines = lines.join(&say!(lang, "; ", "；"));
        sentences.push(say!(lang, "{name} ({activity}): {lines}.", "{name}（{activity}）：{lines}。"));
    }
    if let Some(window) = &phase.window {
        let span = teller.span(&window.span());
        sentences.push(say!(lang, "Each may be {span} early or late.", "各项允许提前或推迟 {span}。"));
    }
    teller.passage(format!("phase.{id}"), &phase.head, sentences)
}
