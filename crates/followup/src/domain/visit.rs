//! One visit: an activity that the plan asks for on a day or in a window, under a name that it keeps through every new
//! plan. How it stands follows from what was done, what people said of it, and the site's day (semantics 31 to 36).

use holdpoint_protocol::eval::schedule::VisitWindow;
use holdpoint_protocol::scalar::Duty;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ids::RecordId;

/// When a visit counts as done; both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// Some day of these, at the site.
    Days {
        /// The first.
        from: Date,
        /// The last; none while the end of its phase has no date.
        to: Option<Date>,
    },
    /// Around a moment.
    Moment {
        /// From when on.
        #[serde(with = "micros::required")]
        from: Timestamp,
        /// The moment it is meant for.
        #[serde(with = "micros::required")]
        at: Timestamp,
        /// Until when.
        #[serde(with = "micros::required")]
        to: Timestamp,
    },
}

impl Window {
    /// The window of what the file asks for.
    pub fn of(asked: &VisitWindow) -> Self {
        match *asked {
            VisitWindow::Days { opens, closes, .. } => Self::Days { from: opens, to: closes },
            VisitWindow::Moment { opens, target, closes } => {
                Self::Moment { from: opens, at: target, to: closes }
            }
        }
    }

    /// As the protocol crate assigns what was performed.
    pub fn asked(&self) -> VisitWindow {
        match *self {
            Self::Days { from, to } => VisitWindow::Days { opens: from, first: from, last: to, closes: to },
            Self::Moment { from, at, to } => VisitWindow::Moment { opens: from, target: at, closes: to },
        }
    }

    /// The first and the last day on which it counts.
    pub fn days(&self, zone: &TimeZone) -> (Date, Option<Date>) {
        self.asked().days(zone)
    }

    /// With a day that a person chose inside.
    #[must_use]
    pub fn reaching(self, day: Date) -> Self {
        match self {
            Self::Days { from, to } => Self::Days { from: from.min(day), to: to.map(|to| to.max(day)) },
            moment @ Self::Moment { .. } => moment,
        }
    }
}

/// How a visit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It waits for its day, or its window is open.
    Scheduled,
    /// It was done.
    Done {
        /// The site's day.
        on: Date,
        /// The record that did it.
        record: RecordId,
    },
    /// Its window closed without it, or a person says that it was not done.
    Missed {
        /// Why.
        why: String,
    },
    /// It does not concern this subject.
    NotApplicable {
        /// Why.
        why: String,
    },
    /// A person closed it where the file allows that.
    Waived {
        /// Why.
        why: String,
    },
    /// The plan asks for it no more.
    Canceled {
        /// Why.
        why: String,
    },
}

impl Standing {
    /// The word of the contract.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Done { .. } => "done",
            Self::Missed { .. } => "missed",
            Self::NotApplicable { .. } => "not-applicable",
            Self::Waived { .. } => "waived",
            Self::Canceled { .. } => "canceled",
        }
    }

    /// Why it stands so.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Scheduled | Self::Done { .. } => None,
            Self::Missed { why }
            | Self::NotApplicable { why }
            | Self::Waived { why }
            | Self::Canceled { why } => Some(why),
        }
    }
}

/// What a person said of a visit: it holds as long as the visit is not done after all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It was not done, or will not be.
    Missed(String),
    /// It does not concern this subject.
    NotApplicable(String),
    /// Closed, where the file allows that.
    Waived(String),
}

impl Mark {
    fn standing(&self) -> Standing {
        match self.clone() {
            Self::Missed(why) => Standing::Missed { why },
            Self::NotApplicable(why) => Standing::NotApplicable { why },
            Self::Waived(why) => Standing::Waived { why },
        }
    }
}

/// Who changed something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// When, civil.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// The person, or the service by itself.
    pub by: String,
}

/// How a visit stood, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Who, and when.
    #[serde(flatten)]
    pub hand: Hand,
    /// The word of its standing.
    pub state: String,
    /// The day it was due.
    pub due: Option<Date>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A visit of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its place in the line, from 1.
    pub number: u32,
    /// The day by which it is due; none while the end of its phase has no date.
    pub due: Option<Date>,
    /// When it counts.
    pub window: Window,
    /// The day a person moved it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Date>,
    /// What a person said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// How it stands.
    pub standing: Standing,
    /// That it is overdue was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// Everything that changed it since it was first planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Change>,
}

/// What a visit's standing is judged by, besides what was done.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// The site's calendar.
    pub zone: &'a TimeZone,
    /// The site's day.
    pub today: Date,
    /// The subject's first day in the study.
    pub entered: Option<Date>,
}

impl Visit {
    /// A visit as the plan first names it.
    pub fn planned(number: u32, due: Option<Date>, window: Window) -> Self {
        Self {
            number,
            due,
            window,
            moved: None,
            mark: None,
            standing: Standing::Scheduled,
            told: false,
            history: vec![],
        }
    }

    /// The day it is due: where a person moved it, that day.
    pub fn due(&self) -> Option<Date> {
        self.moved.or(self.due)
    }

    /// When it counts, with the day a person moved it to inside.
    pub fn open(&self) -> Window {
        self.moved.map_or(self.window, |day| self.window.reaching(day))
    }

    /// The last day on which it counts.
    pub fn last_day(&self, zone: &TimeZone) -> Option<Date> {
        self.open().days(zone).1
    }

    /// How it stands: what was done before what a person said, and that before the calendar. A window around a moment
    /// closes with its day: what was done in it is written down later.
    pub fn judge(&self, done: Option<(Date, RecordId)>, duty: Duty, judge: &Judge<'_>) -> Standing {
        if let Some((on, record)) = done {
            return Standing::Done { on, record };
        }
        if let Some(mark) = &self.mark {
            return mark.standing();
        }
        let Some(last) = self.last_day(judge.zone) else { return Standing::Scheduled };
        if judge.entered.is_some_and(|entered| last < entered) {
            return Standing::NotApplicable { why: "the subject was not in the study yet".to_owned() };
        }
        match (last < judge.today, duty) {
            (false, _) => Standing::Scheduled,
            (true, Duty::Optional) => Standing::NotApplicable { why: "optional, and not done".to_owned() },
            (true, _) => Standing::Missed { why: format!("its window closed on {last}") },
        }
    }

    /// Whether somebody must look: its day has passed, and its window goes on after it. One that has no day after its due
    /// day is missed at once.
    pub fn is_overdue(&self, duty: Duty, judge: &Judge<'_>) -> bool {
        let waits = self.standing == Standing::Scheduled && duty != Duty::Optional;
        waits && self.due().is_some_and(|due| due < judge.today)
    }

    /// Takes a standing on, and remembers whoever changed it. A visit that was due is told when it is missed.
    pub fn take(&mut self, standing: Standing, hand: &Hand) -> bool {
        if self.standing == standing {
            return false;
        }
        self.standing = standing;
        self.remember(hand, None);
        true
    }

    /// Writes the standing, the due day and why into the history.
    pub fn remember(&mut self, hand: &Hand, why: Option<&str>) {
        let why = why.or_else(|| self.standing.why()).unwrap_or_default().to_owned();
        let (state, due) = (self.standing.word().to_owned(), self.due());
        self.history.push(Change { hand: hand.clone(), state, due, why });
    }
}
