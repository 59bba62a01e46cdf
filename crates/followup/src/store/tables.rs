//! The tables of followup: which aggregate stands in which, and by what it is found.

use holdpoint_copies::within;
use holdpoint_journal::{Aggregate, Key, TableSpec};
use holdpoint_protocol::ids::ActivityId;
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use crate::domain::course::{Course, Dropped};
use crate::domain::hold::Hold;
use crate::domain::ids::{DeviationId, SubjectId, TrialId};
use crate::domain::performed::{Performed, Source};
use crate::domain::subject::Subject;

/// Every table of followup.
pub fn tables() -> Vec<TableSpec> {
    let own = [
        TableSpec::of::<Subject>(),
        TableSpec::of::<Course>(),
        TableSpec::of::<Dropped>(),
        TableSpec::of::<Performed>(),
        TableSpec::of::<Deviation>(),
        TableSpec::of::<Hold>(),
    ];
    own.into_iter().chain(holdpoint_copies::tables()).collect()
}

/// How the course of an activity is found.
pub fn course_key(trial: &TrialId, subject: &SubjectId, activity: &ActivityId) -> String {
    format!("{trial}/{subject}/{activity}")
}

/// How the record of an activity that findings of one moment do is found.
pub fn moment_key(trial: &TrialId, subject: &SubjectId, activity: &ActivityId, at: Timestamp) -> String {
    format!("{trial}/{subject}/{activity}/{}", at.as_microsecond())
}

/// A deviation from the protocol that somebody wrote down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// Its id.
    pub id: DeviationId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// What was otherwise than the protocol says, and why.
    pub text: String,
    /// Who wrote it down.
    pub by: String,
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

impl Aggregate for Subject {
    const TABLE: &'static str = "subject";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        within(&self.trial, self.id.as_str())
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

impl Aggregate for Course {
    const TABLE: &'static str = "course";
    /// `wakes` is the day on which it changes by itself, `due` the trial and the next due day; `past` and `undated` are the
    /// trial, where a visit waits whose due day has passed, or that has none; `waiting` counts the visits that wait.
    const KEYS: &'static [Key] = &[
        Key::index("trial"),
        Key::index("subject"),
        Key::index("wakes"),
        Key::index("due"),
        Key::index("past"),
        Key::index("undated"),
        Key::number("waiting"),
    ];

    fn id(&self) -> String {
        course_key(&self.trial, &self.subject, &self.activity)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![
            Some(self.trial.to_string()),
            Some(within(&self.trial, self.subject.as_str())),
            self.wakes.map(|day| day.to_string()),
            self.next_due().map(|day| within(&self.trial, &day.to_string())),
            self.has_past().then(|| self.trial.to_string()),
            self.has_undated().then(|| self.trial.to_string()),
            Some(self.waits().to_string()),
        ]
    }
}

impl Aggregate for Dropped {
    const TABLE: &'static str = "dropped";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("subject")];

    fn id(&self) -> String {
        course_key(&self.trial, &self.subject, &self.activity)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string()), Some(within(&self.trial, self.subject.as_str()))]
    }
}

impl Aggregate for Performed {
    const TABLE: &'static str = "performed";
    const KEYS: &'static [Key] = &[Key::index("subject"), Key::index("course"), Key::unique("moment")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let moment = match (&self.source, self.at) {
            (Source::Findings(_), Some(at)) if self.stands() => {
                Some(moment_key(&self.trial, &self.subject, &self.activity, at))
            }
            _ => None,
        };
        vec![
            Some(within(&self.trial, self.subject.as_str())),
            Some(course_key(&self.trial, &self.subject, &self.activity)),
            moment,
        ]
    }
}

impl Aggregate for Deviation {
    const TABLE: &'static str = "deviation";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(within(&self.trial, self.subject.as_str()))]
    }
}
