//! What other services told of a subject and the file asks about: values of facts, events, performed activities. A
//! later word about the same thing takes the place of the earlier; what was withdrawn stays visible as withdrawn.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fact::Reading;
use super::ids::{ActivityId, EventId, FactId, SubjectId, TrialId};

/// One value of a fact, as labs or followup told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardFact {
    /// The same for every version of this value: "labs/r-17", "followup/a-3/kps".
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The fact.
    pub fact: FactId,
    /// Its value; none where no value stands any more.
    pub reading: Option<Reading>,
    /// When it was taken from the patient.
    pub taken_at: Timestamp,
    /// Rises with every word about it.
    pub version: u32,
}

/// Something that happened to a subject, as labs derived it or dosing recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardEvent {
    /// The same for every word about it: "labs/P-017/cytopenia", "dosing/t-4".
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The event of the file or its dictionaries.
    pub event: EventId,
    /// The day it is dated to.
    pub date: Date,
    /// The hour, where it is known.
    pub at: Option<Timestamp>,
    /// It was taken back.
    pub withdrawn: bool,
}

/// An activity that was performed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardActivity {
    /// Followup's id of the record.
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// What was done.
    pub activity: ActivityId,
    /// Civil date at the site.
    pub date: Date,
    /// A later record corrects it or takes it back.
    pub replaced: bool,
}
