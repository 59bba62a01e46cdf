//! What a history keeps of holds, permits and journal rows: ids and what they cover, nothing of how a service works.

use std::collections::BTreeSet;

use holdpoint_api::common::v1::{Activity, scope::Of};
use holdpoint_api::safety::v1::HoldView;
use holdpoint_api::{dosing, enrollment, followup, journal, labs, safety};
use prost::Message as _;
use serde::{Deserialize, Serialize};

use super::history::Thing;

/// A hold as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldSeen {
    /// Its id.
    pub hold: String,
    /// Why.
    pub reason: String,
    /// "placed", "effective", "released"
    pub state: String,
    /// It stops allocations.
    pub stops_allocations: bool,
    /// It stops every dose.
    pub stops_doses: bool,
    /// It stops first doses.
    pub stops_first_doses: bool,
    /// Whom it covers.
    pub covers: Covers,
    /// Permits in flight when it was placed.
    pub in_flight: BTreeSet<String>,
}

/// Whom a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Covers {
    /// Everybody.
    Trial,
    /// One subject.
    Subject(String),
    /// A part of the trial that the history does not know the people of.
    Part,
}

impl HoldSeen {
    /// Whether it is certain that the hold stops this.
    pub fn stops(&self, thing: &Thing) -> bool {
        let stops = match thing.number {
            0 => self.stops_allocations,
            1 => self.stops_doses || self.stops_first_doses,
            _ => self.stops_doses,
        };
        let covers = match &self.covers {
            Covers::Trial => true,
            Covers::Subject(subject) => *subject == thing.subject,
            Covers::Part => false,
        };
        stops && covers
    }
}

impl From<&HoldView> for HoldSeen {
    fn from(view: &HoldView) -> Self {
        let stops = |activity: Activity| view.activities.contains(&activity.into());
        let covers = match view.scope.as_ref().and_then(|scope| scope.of.as_ref()) {
            Some(Of::Trial(_)) => Covers::Trial,
            Some(Of::Subject(subject)) => Covers::Subject(subject.clone()),
            _ => Covers::Part,
        };
        Self {
            hold: view.hold.clone(),
            reason: view.reason.clone(),
            state: view.state.clone(),
            stops_allocations: stops(Activity::Randomization),
            stops_doses: stops(Activity::Dosing),
            stops_first_doses: stops(Activity::FirstDose),
            covers,
            in_flight: view.in_flight.iter().map(|flight| flight.permit.clone()).collect(),
        }
    }
}

/// A permit as safety knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitSeen {
    /// What it was given for.
    pub thing: Thing,
}

/// What a row of a journal tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// A hold was placed.
    Placed {
        /// The hold.
        hold: String,
        /// Why.
        reason: String,
        /// Epoch.
        epoch: u64,
    },
    /// It became effective.
    Effective {
        /// The hold.
        hold: String,
        /// Epoch.
        epoch: u64,
    },
    /// It was released.
    Released {
        /// The hold.
        hold: String,
        /// Epoch.
        epoch: u64,
    },
    /// An adverse event was reported.
    Reported {
        /// Its id.
        event: String,
        /// Its term.
        term: String,
    },
    /// A Go was acknowledged as heard.
    Heard {
        /// Its permit.
        permit: String,
    },
    /// A permit is void, or was given back.
    Void {
        /// The permit.
        permit: String,
    },
    /// Cells flow, or an allocation stands.
    Began {
        /// What.
        thing: Thing,
        /// Its permit.
        permit: String,
    },
    /// An infusion is over.
    Completed {
        /// What.
        thing: Thing,
    },
    /// The service checked a hold.
    Checked {
        /// The hold.
        hold: String,
    },
}

impl Told {
    /// What a row tells, where a history keeps it.
    pub fn read(row: &journal::v1::Row) -> Option<Self> {
        let envelope = journal::v1::Envelope::decode(row.public.as_slice()).ok()?;
        let (kind, data) = (envelope.r#type.as_str(), envelope.data?);
        let (package, name) = kind.strip_prefix("holdpoint.")?.split_once(".v1.")?;
        match package {
            "safety" => of_safety(name, &data),
            "dosing" => of_dosing(name, &data),
            "enrollment" => of_enrollment(name, &data),
            "labs" if name == "HoldChecked" => {
                Some(Self::Checked { hold: labs::v1::HoldChecked::decode(data.as_slice()).ok()?.hold })
            }
            "followup" if name == "HoldChecked" => {
                Some(Self::Checked { hold: followup::v1::HoldChecked::decode(data.as_slice()).ok()?.hold })
            }
            _ => None,
        }
    }
}

fn of_safety(name: &str, data: &[u8]) -> Option<Told> {
    use safety::v1 as pb;
    Some(match name {
        "HoldPlaced" => {
            let pb::HoldPlaced { hold, reason, epoch, .. } = pb::HoldPlaced::decode(data).ok()?;
            Told::Placed { hold, reason, epoch }
        }
        "HoldEffective" => {
            let pb::HoldEffective { hold, epoch, .. } = pb::HoldEffective::decode(data).ok()?;
            Told::Effective { hold, epoch }
        }
        "HoldReleased" => {
            let pb::HoldReleased { hold, epoch, .. } = pb::HoldReleased::decode(data).ok()?;
            Told::Released { hold, epoch }
        }
        "AdverseEventReported" => {
            let pb::AdverseEventReported { adverse_event: event, term, .. } =
                pb::AdverseEventReported::decode(data).ok()?;
            Told::Reported { event, term }
        }
        _ => return None,
    })
}

fn of_dosing(name: &str, data: &[u8]) -> Option<Told> {
    use dosing::v1 as pb;
    Some(match name {
        "GoHeard" => Told::Heard { permit: pb::GoHeard::decode(data).ok()?.permit },
        "PermitVoided" => Told::Void { permit: pb::PermitVoided::decode(data).ok()?.permit },
        "PermitReturned" => Told::Void { permit: pb::PermitReturned::decode(data).ok()?.permit },
        "InfusionStarted" => {
            let pb::InfusionStarted { subject, number, permit, .. } =
                pb::InfusionStarted::decode(data).ok()?;
            Told::Began { thing: Thing { subject, number }, permit }
        }
        "InfusionCompleted" => {
            let pb::InfusionCompleted { subject, number, .. } = pb::InfusionCompleted::decode(data).ok()?;
            Told::Completed { thing: Thing { subject, number } }
        }
        "HoldChecked" => Told::Checked { hold: pb::HoldChecked::decode(data).ok()?.hold },
        _ => return None,
    })
}

fn of_enrollment(name: &str, data: &[u8]) -> Option<Told> {
    use enrollment::v1 as pb;
    Some(match name {
        "AllocationHeard" => Told::Heard { permit: pb::AllocationHeard::decode(data).ok()?.permit },
        "PermitReturned" => Told::Void { permit: pb::PermitReturned::decode(data).ok()?.permit },
        "PermitVoided" => Told::Void { permit: pb::PermitVoided::decode(data).ok()?.permit },
        "SubjectRandomized" => {
            let pb::SubjectRandomized { subject, permit, .. } = pb::SubjectRandomized::decode(data).ok()?;
            Told::Began { thing: Thing { subject, number: 0 }, permit }
        }
        "HoldChecked" => Told::Checked { hold: pb::HoldChecked::decode(data).ok()?.hold },
        _ => return None,
    })
}
