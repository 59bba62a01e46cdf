//! The tables of labs: which aggregate stands in which, and by what it is found.

use holdpoint_copies::within;
use holdpoint_journal::{Aggregate, Key, TableSpec};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use crate::domain::alias::Alias;
use crate::domain::course::Course;
use crate::domain::feed::Feed;
use crate::domain::identity::{Link, Whose};
use crate::domain::ids::{FeedId, TrialId};
use crate::domain::message::{Code, Message};
use crate::domain::pseudonym::NumberHash;
use crate::domain::pulse::Pulse;
use crate::domain::quarantine::{Awaited, Quarantined};
use crate::domain::result::LabResult;
use crate::domain::subject::Subject;
use crate::domain::tally::Tally;

/// Every table of labs.
pub fn tables() -> Vec<TableSpec> {
    let own = [
        TableSpec::of::<Feed>(),
        TableSpec::of::<Link>(),
        TableSpec::of::<LabResult>(),
        TableSpec::of::<Heard>(),
        TableSpec::of::<Quarantined>(),
        TableSpec::of::<Course>(),
        TableSpec::of::<Assessment>(),
        TableSpec::of::<Tally>(),
        TableSpec::of::<Message>(),
        TableSpec::of::<Alias>(),
        TableSpec::of::<Pulse>(),
        TableSpec::of::<Subject>(),
        TableSpec::of::<CheckedHold>(),
    ];
    own.into_iter().chain(holdpoint_copies::tables()).collect()
}

/// How a subject is found.
pub fn of(whose: &Whose) -> String {
    within(&whose.trial, whose.subject.as_str())
}

/// A request that brought a report, so that another report under its id is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Who sent it.
    pub feed: FeedId,
    /// The request's id.
    pub request: String,
    /// SHA-256 of the report.
    pub digest: String,
    /// When it came.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

/// When time alone fixes the next response of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The subject.
    #[serde(flatten)]
    pub whose: Whose,
    /// The beginning of that day at the site; none where no day is to come.
    #[serde(with = "micros::optional")]
    pub due: Option<Timestamp>,
}

/// A hold whose suspension check was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedHold {
    /// The trial.
    pub trial: TrialId,
    /// The hold.
    pub hold: String,
}

impl Aggregate for Feed {
    const TABLE: &'static str = "feed";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for Link {
    const TABLE: &'static str = "link";
    const KEYS: &'static [Key] = &[Key::index("number")];

    fn id(&self) -> String {
        of(&self.whose)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.number.as_str().to_owned())]
    }
}

impl Aggregate for LabResult {
    const TABLE: &'static str = "result";
    const KEYS: &'static [Key] = &[Key::index("slot"), Key::index("subject")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.slot.as_str().to_owned()), Some(of(&self.whose))]
    }
}

impl Aggregate for Heard {
    const TABLE: &'static str = "report";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        heard_id(&self.feed, &self.request)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

/// How a request of a feed is found.
pub fn heard_id(feed: &FeedId, request: &str) -> String {
    format!("{feed}/{request}")
}

/// Stands in the column `trial` where no subject was found.
pub const NO_TRIAL: &str = "-";

impl Aggregate for Quarantined {
    const TABLE: &'static str = "quarantine";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("state"), Key::index("waits_for")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let trial = self.trial.as_ref().map_or(NO_TRIAL, |trial| trial.as_str());
        let awaited = self.waits_for.as_ref().filter(|_| self.waiting().is_ok());
        vec![
            Some(trial.to_owned()),
            Some(self.state.as_str().to_owned()),
            awaited.map(|awaited: &Awaited| awaited.as_str().to_owned()),
        ]
    }
}

impl Aggregate for Course {
    const TABLE: &'static str = "course";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        of(&self.whose)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.whose.trial.to_string())]
    }
}

impl Aggregate for Assessment {
    const TABLE: &'static str = "assessment";
    const KEYS: &'static [Key] = &[Key::index("state")];

    fn id(&self) -> String {
        of(&self.whose)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(if self.due.is_some() { Self::WAITING } else { "done" }.to_owned())]
    }
}

impl Assessment {
    /// The state of those whose day is to come.
    pub const WAITING: &'static str = "waiting";
}

impl Aggregate for Tally {
    const TABLE: &'static str = "tally";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        tally_id(&self.feed, self.trial.as_ref())
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.as_ref().map_or(NO_TRIAL, |trial| trial.as_str()).to_owned())]
    }
}

impl Aggregate for Message {
    const TABLE: &'static str = "message";
    const KEYS: &'static [Key] = &[Key::index("control"), Key::index("refused")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let refused = (self.code != Code::Aa).then(|| self.feed.to_string());
        vec![Some(format!("{}/{}", self.feed, self.control)), refused]
    }
}

impl Aggregate for Alias {
    const TABLE: &'static str = "alias";
    const KEYS: &'static [Key] = &[Key::index("number"), Key::index("into_number")];

    fn id(&self) -> String {
        alias_id(&self.feed, &self.number)
    }

    fn keys(&self) -> Vec<Option<String>> {
        let into = self.into.as_ref().map(|into| alias_id(&self.feed, into));
        vec![Some(self.number.as_str().to_owned()), into]
    }
}

/// How a number of a feed is found.
pub fn alias_id(feed: &FeedId, number: &NumberHash) -> String {
    format!("{feed}/{}", number.as_str())
}

impl Aggregate for Pulse {
    const TABLE: &'static str = "pulse";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.feed.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

/// How the counts of a feed for a trial are found.
pub fn tally_id(feed: &FeedId, trial: Option<&TrialId>) -> String {
    format!("{feed}/{}", trial.map_or(NO_TRIAL, |trial| trial.as_str()))
}

impl Aggregate for Subject {
    const TABLE: &'static str = "subject";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        of(&self.whose)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.whose.trial.to_string())]
    }
}

impl Aggregate for CheckedHold {
    const TABLE: &'static str = "hold";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        self.hold.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}
