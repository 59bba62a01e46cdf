//! What followup tells the others of each thing it decides: the only place that knows both.

use holdpoint_api::common::v1::{Value as PbValue, Words, value::Of};
use holdpoint_api::followup::v1 as pb;
use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_journal::{Chain, Entry};
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;
use serde_json::json;

use crate::domain::course::{Alert, Course, Told};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::performed::{Given, Performed, Reading};
use crate::domain::subject::Subject;
use crate::store::Deviation;

/// A moment as messages write it.
pub fn time(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// The chain of a trial.
pub fn chain(trial: &TrialId) -> Chain {
    Chain::trial(trial.as_str())
}

fn event(trial: &TrialId, kind: &'static str, message: &impl Message) -> Entry {
    Entry::event(chain(trial), kind, message.encode_to_vec())
}

/// A schedule was made or made anew.
pub fn schedule_changed(subject: &Subject, why: &str, scheduled: usize) -> Entry {
    let message = pb::ScheduleChanged {
        trial: subject.trial.to_string(),
        subject: subject.id.to_string(),
        why: why.to_owned(),
        scheduled: u32::try_from(scheduled).unwrap_or(u32::MAX),
    };
    event(&subject.trial, "holdpoint.followup.v1.ScheduleChanged", &message)
}

/// An activity was done, or a record of one was corrected or withdrawn.
pub fn activity_done(performed: &Performed) -> Entry {
    event(&performed.trial, "holdpoint.followup.v1.ActivityDone", &done(performed))
}

/// A record as messages show it.
pub fn done(performed: &Performed) -> pb::ActivityDone {
    let fact = |given: &Given| pb::ActivityFact {
        fact: given.fact.clone(),
        value: Some(value(&given.reading)),
        taken_at: Some(time(given.taken_at)),
    };
    pb::ActivityDone {
        trial: performed.trial.to_string(),
        subject: performed.subject.to_string(),
        activity_record: performed.id.to_string(),
        activity: performed.activity.to_string(),
        date: performed.date.to_string(),
        facts: performed.facts.iter().map(fact).collect(),
        replaces: performed.replaces.as_ref().map(ToString::to_string).unwrap_or_default(),
        withdrawn: performed.withdrawal,
    }
}

fn value(reading: &Reading) -> PbValue {
    let (of, unit) = match reading.clone() {
        Reading::Number { number, unit } => (Of::Number(number.to_string()), unit),
        Reading::Yes(yes) => (Of::Yes(yes), String::new()),
        Reading::Word(word) => (Of::Word(word), String::new()),
        Reading::Words(word) => (Of::Words(Words { word }), String::new()),
    };
    PbValue { of: Some(of), unit }
}

/// What came of a course by itself: somebody must look, or a window closed.
pub fn told(course: &Course, told: &Told) -> Entry {
    let (trial, subject) = (course.trial.to_string(), course.subject.to_string());
    let (visit, activity, due) = (told.visit.clone(), course.activity.to_string(), told.due.to_string());
    match &told.what {
        Alert::Overdue(latest) => {
            let latest = latest.map(|latest| latest.to_string()).unwrap_or_default();
            let message = pb::ActivityOverdue { trial, subject, visit, activity, due, latest };
            event(&course.trial, "holdpoint.followup.v1.ActivityOverdue", &message)
        }
        Alert::Missed(why) => {
            let message = pb::ActivityMissed { trial, subject, visit, activity, due, why: why.clone() };
            event(&course.trial, "holdpoint.followup.v1.ActivityMissed", &message)
        }
    }
}

/// A deviation was written down.
pub fn deviation_recorded(deviation: &Deviation) -> Entry {
    let message = pb::DeviationRecorded {
        trial: deviation.trial.to_string(),
        subject: deviation.subject.to_string(),
        deviation: deviation.id.to_string(),
        text: deviation.text.clone(),
        at: Some(time(deviation.at)),
    };
    event(&deviation.trial, "holdpoint.followup.v1.DeviationRecorded", &message)
}

/// A person said that a visit was not, or will not be, done.
pub fn visit_marked(trial: &TrialId, subject: &SubjectId, visit: &str, said: &str) -> Entry {
    let what = json!({ "subject": subject, "visit": visit, "said": said });
    audit(trial, "holdpoint.followup.v1.audit.VisitMarked", what)
}

/// A person moved a visit to another day.
pub fn visit_moved(trial: &TrialId, subject: &SubjectId, visit: &str, to: Date) -> Entry {
    let what = json!({ "subject": subject, "visit": visit, "to": to });
    audit(trial, "holdpoint.followup.v1.audit.VisitMoved", what)
}

/// An audit row: what only this service needs to remember.
fn audit(trial: &TrialId, kind: &'static str, what: serde_json::Value) -> Entry {
    Entry::audit(chain(trial), kind, what)
}

/// Followup's suspension check of one hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The trial.
    pub trial: TrialId,
    /// The hold.
    pub hold: String,
    /// When.
    pub at: Timestamp,
    /// Treatment visits that stand still until the release.
    pub frozen: Vec<String>,
    /// How many safety visits go on.
    pub safety_visits: usize,
}

/// What stands still and what goes on under a hold, with the hold as it was placed.
pub fn hold_checked(checked: Checked, placed: &HoldPlaced) -> Entry {
    let Checked { trial, hold, at, frozen, safety_visits } = checked;
    let summary =
        format!("{} treatment visits stand still, {safety_visits} safety visits go on", frozen.len());
    let message = pb::HoldChecked {
        trial: trial.to_string(),
        hold,
        at: Some(time(at)),
        frozen,
        safety_visits: u32::try_from(safety_visits).unwrap_or(u32::MAX),
        summary,
        kind: placed.kind,
        scope: placed.scope.clone(),
        activities: placed.activities.clone(),
    };
    event(&trial, "holdpoint.followup.v1.HoldChecked", &message)
}
