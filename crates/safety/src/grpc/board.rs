//! A suspension board as the wire carries it.

use holdpoint_api::safety::v1 as pb;
use holdpoint_journal::Head;

use super::encode::{alert, hold, since};
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::board::{Board, Check, Decision};
use crate::domain::fact::FactValue;
use crate::domain::ids::Peer;
use crate::domain::permit::{Permit, PermitState, Progress};
use crate::events::{activity, timestamp};
use crate::queries::board::Proven;

pub(super) fn board(proven: &Proven) -> pb::SuspensionBoard {
    let (shown, suspension) = (&proven.shown, &proven.shown.suspension);
    let held = &shown.hold.hold;
    pb::SuspensionBoard {
        hold: Some(hold(&shown.hold)),
        reported_at: Some(timestamp(shown.board.reported_at)),
        checks: checks(&shown.board),
        placed_by: held.placed_by.to_string(),
        effective_how: held.effectiveness().map(|since| since.how.word().to_owned()).unwrap_or_default(),
        flights: suspension.flights.iter().map(flight).collect(),
        last_go: suspension.last_go.as_ref().map(flight),
        gos_after_effective: count(suspension.gos_after_effective),
        permits_while_held: count(suspension.permits_while_held),
        decisions: shown.decisions.iter().map(decision).collect(),
        alerts: shown.alerts.iter().map(alert).collect(),
        event: shown.event.as_ref().map(event),
        rows: shown.rows.iter().map(row).collect(),
        heads: proven.heads.iter().map(head).collect(),
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn row((what, head): &(&str, Head)) -> pb::HoldRow {
    pb::HoldRow { what: (*what).to_owned(), row: Some((*head).into()) }
}

fn head((service, head): &(String, Head)) -> pb::ServiceHead {
    pb::ServiceHead { service: service.clone(), head: Some((*head).into()) }
}

fn checks(board: &Board) -> Vec<pb::ServiceCheck> {
    let check = |(service, check): (&Peer, &Option<Check>)| {
        let (service, state) = (service.to_string(), board.word(service).to_owned());
        match check {
            None => pb::ServiceCheck { service, state, ..Default::default() },
            Some(check) => pb::ServiceCheck {
                service,
                state,
                at: Some(timestamp(check.at)),
                summary: check.summary.clone(),
                items: check.items.clone(),
            },
        }
    };
    board.checks.iter().map(check).collect()
}

fn flight(permit: &Permit) -> pb::Flight {
    let (mut unconfirmed_since, mut completed_at) = (None, None);
    match permit.progress {
        Progress::Unconfirmed(since) => unconfirmed_since = Some(timestamp(since)),
        Progress::Completed(at) => completed_at = Some(timestamp(at)),
        Progress::NotBegun | Progress::Starting(_) | Progress::Started(_) => {}
    }
    pb::Flight {
        permit: permit.id.to_string(),
        activity: activity(permit.asked.activity).into(),
        subject: permit.asked.placement.subject.to_string(),
        infusion: permit.asked.infusion.as_ref().map(ToString::to_string).unwrap_or_default(),
        number: permit.asked.number,
        state: permit.word().to_owned(),
        issued_at: Some(timestamp(permit.issued_at)),
        heard_at: permit.heard.map(|heard| timestamp(heard.at)),
        began_at: permit.began_at.map(timestamp),
        unconfirmed_since,
        completed_at,
        stated: permit.state == PermitState::Void { stated: true },
    }
}

fn decision(decision: &Decision) -> pb::BoardWord {
    pb::BoardWord {
        decision: decision.id.to_string(),
        text: decision.text.clone(),
        by: decision.by.to_string(),
        at: Some(timestamp(decision.at)),
    }
}

fn event(event: &AdverseEvent) -> pb::EventBehind {
    let (onset, onset_date) = since(event.onset);
    let grade = match event.fact("grade").map(|change| &change.value) {
        Some(FactValue::Number { value, .. }) => value.to_string(),
        _ => String::new(),
    };
    pb::EventBehind {
        adverse_event: event.id.to_string(),
        subject: event.subject.to_string(),
        term: event.term.clone(),
        onset,
        onset_date,
        grade,
        aware_at: Some(timestamp(event.aware_at)),
    }
}
