//! Whether what is recorded shows an event that the file wants signed, on which ground a signature stands, and which
//! parts a person may sign in the data's place (semantics 27, 28 and 30).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::events::{Derived, EventStanding, Evidence, derive};
use holdpoint_protocol::eval::{Chart, Pick, ask};
use holdpoint_protocol::ids::EventId;
use holdpoint_protocol::model::Event;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar;
use crate::domain::fact::Attestation;
use crate::domain::subject::Subject;
use crate::error::NOT_PROPOSED;
use crate::store::subject_key;

/// The day of the newest signed answer to the second way into each event (`or-attest`), where it was yes.
pub async fn attested_events(tx: &Tx, subject: &Subject) -> Result<BTreeMap<EventId, Date>> {
    let key = subject_key(&subject.trial, &subject.id);
    let mut attested = BTreeMap::new();
    for given in tx.find::<Attestation>(&[("subject", &key)]).await? {
        let Some(Ok(event)) = given.criterion.strip_prefix("event.").map(str::parse::<EventId>) else {
            continue;
        };
        if given.holds {
            attested.insert(event, given.date);
        } else {
            attested.remove(&event);
        }
    }
    Ok(attested)
}

/// An event as what is recorded shows it on a day, whoever signed it before: an earlier signature of the event itself
/// shows nothing.
pub fn find(
    protocol: &Protocol,
    event: &EventId,
    chart: &Chart,
    attested: &BTreeMap<EventId, Date>,
    today: Date,
) -> Derived {
    let mut unsigned = chart.clone();
    unsigned.events.remove(event);
    derive(protocol, event, &Evidence::new(&unsigned, attested, today), None)
}

/// Whether what is recorded shows the event by a day. What came later in a course takes no ground away: a correction of
/// what was so on that day does.
pub fn stands_on_ground(found: &Derived) -> bool {
    matches!(found.standing, EventStanding::Proposed | EventStanding::Counts)
}

/// Refused where the facts recorded so far do not show an event that the file wants signed, or do not decide it: with
/// the reasons, and with the facts that are missing. A part that may be attested counts as signed (semantics 27).
pub fn proposed(
    protocol: &Protocol,
    event: &Event,
    chart: &Chart,
    attested: &BTreeMap<EventId, Date>,
    now: Timestamp,
) -> Result<()> {
    let today = calendar::day(now, &chart.zone);
    let found = find(protocol, &event.id, chart, attested, today);
    if stands_on_ground(&found) {
        return Ok(());
    }
    let mut missing: BTreeSet<String> = found.missing.iter().map(ToString::to_string).collect();
    missing.extend(unanswered(event, chart, now));
    for part in &event.all_of {
        let part_found = find(protocol, part, chart, attested, today);
        let recorded = !chart.times_of(part).is_empty();
        if !recorded && part_found.standing != EventStanding::Counts {
            let facts = protocol.event(part).map(|part| unanswered(part, chart, now)).unwrap_or_default();
            let from = if facts.is_empty() { String::new() } else { format!(" (from {})", facts.join(", ")) };
            missing.insert(format!("event {part}{from}"));
        }
    }
    let missing: Vec<_> = missing.into_iter().collect();
    let message = format!("what was recorded does not show {}: {}", event.id, found.reasons.join("; "));
    Err(NOT_PROPOSED.refuse(message).field("event", None, format!("missing: {}", missing.join(", "))).into())
}

/// The facts that an event's own condition asks for and nobody has given.
fn unanswered(event: &Event, chart: &Chart, now: Timestamp) -> Vec<String> {
    let asked = event.run.as_ref().map(|run| ask(&run.when, &chart.at(now, Pick::Worst)));
    asked.into_iter().flat_map(|answer| answer.missing).map(|fact| fact.to_string()).collect()
}
