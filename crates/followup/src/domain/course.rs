//! All visits of one activity of one subject, with the days on which it was performed: what is done once satisfies every
//! line that asks for it, so they are judged together. A new plan keeps what was done and what people said.

use holdpoint_protocol::eval::Stamp;
use holdpoint_protocol::eval::schedule::Times;
use holdpoint_protocol::ids::ActivityId;
use holdpoint_protocol::scalar::Duty;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ids::{RecordId, SubjectId, TrialId};
use super::plan::{Firmness, Series, rolls_on};
use super::visit::{Hand, Judge, Standing, Visit};

/// When a record says that the activity was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Done {
    /// The time.
    pub at: Stamp,
    /// The record.
    pub record: RecordId,
}

/// All visits of one activity of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The activity.
    pub activity: ActivityId,
    /// When it was performed, in order.
    pub performed: Vec<Done>,
    /// What the plan asks for.
    pub series: Vec<Series>,
    /// The site's day on which it was judged last.
    pub judged: Option<Date>,
    /// The site's day on which something changes by itself next.
    pub wakes: Option<Date>,
}

/// Visits that an earlier plan asked for and the plan asks for no more: canceled, or done before it was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The activity.
    pub activity: ActivityId,
    /// The lines with the visits that were dropped of each.
    pub series: Vec<Series>,
}

/// What came of judging a course and must be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The day the visit was due.
    pub due: Date,
    /// Its name.
    pub visit: String,
    /// What.
    pub what: Alert,
}

/// What is told of a visit by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alert {
    /// Its due day has passed, and it can still be done until this day; none where its window has no end.
    Overdue(Option<Date>),
    /// It was missed.
    Missed(String),
}

impl Course {
    /// A course of which nothing is planned or performed.
    pub fn new(trial: TrialId, subject: SubjectId, activity: ActivityId) -> Self {
        Self { trial, subject, activity, performed: vec![], series: vec![], judged: None, wakes: None }
    }

    /// The activity was performed.
    pub fn perform(&mut self, record: &RecordId, stamps: impl IntoIterator<Item = Stamp>) {
        self.performed.extend(stamps.into_iter().map(|at| Done { at, record: record.clone() }));
        self.performed.sort();
        self.performed.dedup();
    }

    /// A record does not stand any more.
    pub fn take_back(&mut self, record: &RecordId) {
        self.performed.retain(|done| done.record != *record);
    }

    /// Judges every visit on the day: what is done, missed and overdue. Answers what must be told, the oldest first.
    pub fn judge(&mut self, judge: &Judge<'_>, hand: &Hand) -> Vec<Told> {
        let stamps: Vec<Stamp> = self.performed.iter().map(|done| done.at).collect();
        let times = Times::of(&stamps, judge.zone);
        let mut told = Vec::new();
        for series in &mut self.series {
            let windows: Vec<_> = series.visits.iter().map(|visit| visit.open().asked()).collect();
            let assigned = times.assign(&windows);
            let (activity, duty) = (&self.activity, Duty::from(series.duty));
            let mut alerts = Vec::new();
            for (visit, place) in series.visits.iter_mut().zip(assigned) {
                let done = place.and_then(|place| self.performed.get(place));
                let done = done.and_then(|done| Some((done.at.day(judge.zone)?, done.record.clone())));
                let standing = visit.judge(done, duty, judge);
                let found = visit.settle(standing, duty, judge, hand).into_iter();
                alerts.extend(found.map(|what| (visit.number, visit.due(), what)));
            }
            told.extend(alerts.into_iter().filter_map(|(number, due, what)| {
                Some(Told { due: due?, visit: series.name(activity, number), what })
            }));
        }
        told.sort();
        self.judged = Some(judge.today);
        self.wakes = self.next_change(judge);
        told
    }

    /// A new plan takes the place of the old: each visit keeps its name, what was done, what people said of it and its
    /// history. Answers the visits that it asks for no more.
    pub fn replan(&mut self, asked: Vec<Series>, why: &str, hand: &Hand) -> Vec<Series> {
        let mut before = std::mem::replace(&mut self.series, asked);
        for series in &mut self.series {
            let Some(old) = before.iter_mut().find(|old| old.is_line_of(series)) else { continue };
            for visit in &mut series.visits {
                let Some(place) = old.visits.iter().position(|known| known.number == visit.number) else {
                    continue;
                };
                let known = old.visits.swap_remove(place);
                visit.follow(known, why, hand);
            }
        }
        before.retain(|old| !old.visits.is_empty());
        for old in &mut before {
            old.visits.sort_by_key(|visit| visit.number);
        }
        before
    }

    /// The earliest due day, from the day it was judged on, of the visits that wait.
    pub fn next_due(&self) -> Option<Date> {
        let waiting = self.waiting().filter_map(|(_, visit)| visit.due());
        waiting.filter(|due| self.judged.is_none_or(|judged| *due >= judged)).min()
    }

    /// Whether a visit waits whose due day had passed when it was judged.
    pub fn has_past(&self) -> bool {
        self.waiting()
            .any(|(_, visit)| visit.due().is_some_and(|due| self.judged.is_some_and(|judged| due < judged)))
    }

    /// Whether a visit waits that has no due day.
    pub fn has_undated(&self) -> bool {
        self.waiting().any(|(_, visit)| visit.due().is_none())
    }

    /// How many visits wait.
    pub fn waits(&self) -> usize {
        self.waiting().count()
    }

    fn waiting(&self) -> impl Iterator<Item = (&Series, &Visit)> {
        let all =
            self.series.iter().flat_map(|series| series.visits.iter().map(move |visit| (series, visit)));
        all.filter(|(_, visit)| visit.standing == Standing::Scheduled)
    }

    /// The next day on which something changes by itself: a due day or a window is over, or the plan rolls on.
    fn next_change(&self, judge: &Judge<'_>) -> Option<Date> {
        let tomorrow = judge.today.tomorrow().ok();
        let rolls = self.series.iter().any(|series| series.rolls).then(|| rolls_on(judge.today)).flatten();
        let changes = self.waiting().flat_map(|(series, visit)| {
            let due = visit.due().filter(|_| !visit.told && series.duty != Firmness::Optional);
            let last = visit.last_day(judge.zone);
            [due, last].into_iter().flatten().filter_map(|day| day.tomorrow().ok())
        });
        changes.map(|day| tomorrow.map_or(day, |tomorrow| day.max(tomorrow))).chain(rolls).min()
    }
}

impl Visit {
    /// Takes a standing on; answers what must be told of it.
    fn settle(&mut self, standing: Standing, duty: Duty, judge: &Judge<'_>, hand: &Hand) -> Vec<Alert> {
        let mut alerts = Vec::new();
        let missed = matches!(&standing, Standing::Missed { .. });
        let waits = standing == Standing::Scheduled || (missed && self.mark.is_none());
        let due_is_over = self.due().is_some_and(|due| due < judge.today) && duty != Duty::Optional;
        let last = self.last_day(judge.zone);
        let could_follow = last.is_none_or(|last| Some(last) > self.due());
        if waits && due_is_over && could_follow && !self.told {
            self.told = true;
            alerts.push(Alert::Overdue(last));
        }
        if self.take(standing, hand)
            && let Standing::Missed { why } = &self.standing
        {
            alerts.push(Alert::Missed(why.clone()));
        }
        alerts
    }

    /// Goes on where the same visit of an earlier plan stood. A day that moved is written down, and told anew.
    fn follow(&mut self, known: Self, why: &str, hand: &Hand) {
        let due_moved = known.due() != self.due && known.moved.is_none();
        *self = Self { number: self.number, due: self.due, window: self.window, ..known };
        if due_moved && self.standing == Standing::Scheduled {
            self.told = false;
            self.remember(hand, Some(why));
        }
    }

    /// The plan asks for it no more. What was done stays done; the rest is canceled.
    fn drop(&mut self, why: &str, hand: &Hand) {
        match self.standing {
            Standing::Done { .. } | Standing::Canceled { .. } => {}
            _ => drop(self.take(Standing::Canceled { why: why.to_owned() }, hand)),
        }
    }
}

impl Dropped {
    /// Nothing was dropped yet.
    pub fn new(trial: TrialId, subject: SubjectId, activity: ActivityId) -> Self {
        Self { trial, subject, activity, series: vec![] }
    }

    /// Takes in what a new plan asks for no more.
    pub fn take(&mut self, gone: Vec<Series>, why: &str, hand: &Hand) {
        for mut series in gone {
            for visit in &mut series.visits {
                visit.drop(why, hand);
            }
            match self.series.iter_mut().find(|known| known.is_line_of(&series)) {
                Some(known) => known.visits.extend(series.visits),
                None => self.series.push(series),
            }
        }
        for series in &mut self.series {
            series.visits.sort_by_key(|visit| visit.number);
        }
    }

    /// Gives back to the plan what it asks for again: with its history, waiting anew.
    pub fn give_back(&mut self, course: &mut Course, why: &str, hand: &Hand) {
        for series in &mut course.series {
            let Some(known) = self.series.iter_mut().find(|known| known.is_line_of(series)) else { continue };
            for visit in &mut series.visits {
                let place = known.visits.iter().position(|known| known.number == visit.number);
                let Some(mut back) = place.map(|place| known.visits.remove(place)) else { continue };
                back.standing = Standing::Scheduled;
                back.told = false;
                back.remember(hand, Some(why));
                *visit = Visit { due: visit.due, window: visit.window, ..back };
            }
        }
        self.series.retain(|series| !series.visits.is_empty());
    }

    /// A record does not stand any more: what it did here was not done, and the plan does not ask for it.
    pub fn take_back(&mut self, record: &RecordId, hand: &Hand) -> bool {
        let mut changed = false;
        for visit in self.series.iter_mut().flat_map(|series| &mut series.visits) {
            if matches!(&visit.standing, Standing::Done { record: by, .. } if by == record) {
                let why = "the record was taken back, and the plan asks for it no more".to_owned();
                changed |= visit.take(Standing::Canceled { why }, hand);
            }
        }
        changed
    }
}

impl From<Firmness> for Duty {
    fn from(firmness: Firmness) -> Self {
        match firmness {
            Firmness::Due => Self::Due,
            Firmness::Optional => Self::Optional,
            Firmness::Waivable => Self::Waivable,
        }
    }
}
