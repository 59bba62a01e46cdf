//! Decides which transfusions are taken down: those that the dictionaries know, once each. What is derived "without
//! transfusion" rests on them (Protocol 5.1, 6.7).

use holdpoint_protocol::Protocol;
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::record::Record;
use super::refusal::Refusal;

/// How the dictionaries name the events that are transfusions.
const SUFFIX: &str = "-transfusion";

/// Blood given to a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfusion {
    /// Whose record, by whom, and whether it counts.
    pub record: Record,
    /// Event of the dictionary: `platelet-transfusion`.
    pub event: String,
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// Units given.
    pub units: Decimal,
}

/// The events of a file's dictionaries that are transfusions, in their order.
pub fn events(protocol: &Protocol) -> Vec<&str> {
    let names = protocol.recorded_events.keys().map(|event| event.as_str());
    names.filter(|event| event.ends_with(SUFFIX)).collect()
}

impl Transfusion {
    /// Refuses an event that is no transfusion of the file, a moment that has not come, and one that stands already
    /// under another record: entered twice, it is one.
    pub fn judge(&self, protocol: &Protocol, known: &[Self], now: Timestamp) -> Result<(), Refusal> {
        let events = events(protocol);
        if !events.contains(&self.event.as_str()) {
            let allowed = events.join(", ");
            return Err(Refusal::NoTreatment { field: "event", found: self.event.clone(), allowed });
        }
        if self.at > now {
            return Err(Refusal::TimeOutside { field: "at", found: self.at, from: Timestamp::MIN, to: now });
        }
        let same = |other: &&Self| other.record.stands() && other.event == self.event && other.at == self.at;
        match known.iter().find(same) {
            Some(other) => Err(Refusal::RecordedBefore { record: other.record.id.clone() }),
            None => Ok(()),
        }
    }
}
