//! What the file asks of one subject: its phases as they are open, and from each line of each phase the visits with their
//! names, due days and windows. Nothing is planned anew where openings and anchors stand (semantics 31 to 36).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::events::Evidence;
use holdpoint_protocol::eval::schedule::{
    self, Asked, OpenPhase, VisitWindow, anchors, openings, out_of_study,
};
use holdpoint_protocol::eval::time::day_of;
use holdpoint_protocol::ids::{ActivityId, PhaseId};
use holdpoint_protocol::model::Phase;
use holdpoint_protocol::scalar::{Duty, LineKind, Moment};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::visit::{Visit, Window};

/// One opening of a phase: a phase that happens a second time opens a second time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The phase of the file.
    pub phase: PhaseId,
    /// Which opening, from 1, in order of time.
    pub opening: u32,
    /// When it opened; of a day alone its first moment.
    #[serde(with = "micros::required")]
    pub from: Timestamp,
    /// The day it opened.
    pub first_day: Date,
    /// The last day, still inside; none while the end has no date.
    pub last_day: Option<Date>,
    /// The days of the anchors that its lines name.
    pub anchors: Vec<Option<Date>>,
    /// The day it is planned from, where its end has no date: items are planned a while ahead of it.
    pub rolled: Option<Date>,
}

/// What a plan is made of. The same basis makes the same plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Digest of the file.
    pub digest: Option<String>,
    /// The site's calendar.
    pub time_zone: Option<String>,
    /// The subject's first day in the study.
    pub entered: Option<Date>,
    /// The day the subject left it.
    pub left: Option<Date>,
    /// Phases that are or were open, in the order of the file.
    pub phases: Vec<Opened>,
}

/// What a schedule is planned by.
pub struct Known<'a> {
    /// What has happened.
    pub happened: Evidence<'a>,
    /// The same, with the doses that are planned: what is counted back from a dose is done before it is given.
    pub expected: Evidence<'a>,
}

impl<'a> Known<'a> {
    fn of(&self, phase: &Phase) -> &Evidence<'a> {
        if counts_back(phase) { &self.expected } else { &self.happened }
    }
}

/// Whether a phase opens before what it is counted from: half a year before dose 1.
pub fn counts_back(phase: &Phase) -> bool {
    matches!(phase.from, Moment::Before(..))
}

/// The day from which open ends are planned ahead: the last of the week. All through a week the plan is the same, however often
/// and when in it somebody looks.
fn rolled_to(today: Date) -> Date {
    let left = 7 - i64::from(today.weekday().to_monday_one_offset());
    today.checked_add(jiff::Span::new().days(left)).unwrap_or(today)
}

/// The day on which a plan with an open end goes on.
pub fn rolls_on(today: Date) -> Option<Date> {
    rolled_to(today).tomorrow().ok()
}

impl Basis {
    /// The basis of a subject's plan on the day of the evidence.
    pub fn of(protocol: &Protocol, known: &Known<'_>, entered: Option<Date>) -> Self {
        let mut phases = Vec::new();
        for phase in protocol.phases.values() {
            for open in openings(protocol, phase, known.of(phase)) {
                phases.push(opened(protocol, phase, &open, known.of(phase)));
            }
        }
        let evidence = &known.happened;
        Self {
            digest: Some(protocol.digest.to_string()),
            time_zone: evidence.chart.zone.iana_name().map(str::to_owned),
            entered,
            left: out_of_study(evidence.chart),
            phases,
        }
    }

    /// Whether every activity is to be planned anew when this basis takes the place of another.
    pub fn is_another(&self, before: &Self) -> bool {
        let whole = |basis: &Self| (basis.digest.clone(), basis.time_zone.clone(), basis.entered, basis.left);
        whole(self) != whole(before)
    }

    /// The activities of the phases that differ from those of another basis.
    pub fn touched(&self, before: &Self, protocol: &Protocol) -> BTreeSet<ActivityId> {
        let same = |phase: &Phase| self.of_phase(&phase.id).eq(before.of_phase(&phase.id));
        let touched = protocol.phases.values().filter(|phase| !same(phase) || self.is_another(before));
        touched.flat_map(|phase| phase.activities.values().map(|one| one.activity.clone())).collect()
    }

    fn of_phase<'a>(&'a self, phase: &'a PhaseId) -> impl Iterator<Item = &'a Opened> {
        self.phases.iter().filter(move |opened| opened.phase == *phase)
    }
}

fn opened(protocol: &Protocol, phase: &Phase, open: &OpenPhase, evidence: &Evidence<'_>) -> Opened {
    let rolls = open.last_day.is_none() && recurs(phase);
    Opened {
        phase: phase.id.clone(),
        opening: open.number,
        from: open.from,
        first_day: open.first_day,
        last_day: open.last_day,
        anchors: anchors(protocol, phase, evidence),
        rolled: rolls.then(|| rolled_to(evidence.today)),
    }
}

fn recurs(phase: &Phase) -> bool {
    let mut lines = phase.activities.values().flat_map(|activity| &activity.lines);
    lines.any(|line| matches!(line.kind, LineKind::Per { .. }))
}

/// The visits of one line in one opening of its phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The phase.
    pub phase: PhaseId,
    /// Which opening of it, from 1.
    pub opening: u32,
    /// The line of the activity, from 1; none where the activity has one line only.
    pub line: Option<u32>,
    /// How firmly.
    pub duty: Firmness,
    /// The end of its phase has no date: more visits follow as days pass.
    pub rolls: bool,
    /// The visits, in order.
    pub visits: Vec<Visit>,
}

/// How firmly a line asks (semantics 33).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Firmness {
    /// Due, and missed when it is not done.
    Due,
    /// Offered, never overdue.
    Optional,
    /// Due, and a person may close it with a reason.
    Waivable,
}

impl From<Duty> for Firmness {
    fn from(duty: Duty) -> Self {
        match duty {
            Duty::Due => Self::Due,
            Duty::Optional => Self::Optional,
            Duty::Waivable => Self::Waivable,
        }
    }
}

impl Series {
    /// Whether the other is the same line in the same opening.
    pub fn is_line_of(&self, other: &Self) -> bool {
        (&self.phase, self.opening, self.line) == (&other.phase, other.opening, other.line)
    }

    /// `<phase>/<activity>/<number>`: from its second opening on a phase carries the number of the opening (`pgf.2`), and
    /// where an activity has several lines the number carries the line (`2.7`).
    pub fn name(&self, activity: &ActivityId, number: u32) -> String {
        let opening = if self.opening > 1 { format!(".{}", self.opening) } else { String::new() };
        let line = self.line.map(|line| format!("{line}.")).unwrap_or_default();
        format!("{}{opening}/{activity}/{line}{number}", self.phase)
    }
}

/// What the file asks for of some activities on a basis, each activity with its lines in the order of the file.
pub fn series(
    protocol: &Protocol,
    known: &Known<'_>,
    wanted: &BTreeSet<ActivityId>,
) -> BTreeMap<ActivityId, Vec<Series>> {
    let mut found: BTreeMap<ActivityId, Vec<Series>> = BTreeMap::new();
    for phase in protocol.phases.values() {
        let evidence = known.of(phase);
        let ahead = evidence.on(rolled_to(evidence.today));
        for open in openings(protocol, phase, evidence) {
            let asked = schedule::asked(protocol, phase, &open, &ahead, |activity| wanted.contains(activity));
            for line in asked.chunk_by(|a, b| (&a.key.activity, a.key.line) == (&b.key.activity, b.key.line))
            {
                let Some(first) = line.first() else { continue };
                let made = of_line(phase, &open, first, line, &evidence.chart.zone);
                found.entry(first.key.activity.clone()).or_default().push(made);
            }
        }
    }
    found
}

fn of_line(phase: &Phase, open: &OpenPhase, first: &Asked, line: &[Asked], zone: &TimeZone) -> Series {
    let lines = phase.activities.get(&first.key.activity).map_or(1, |activity| activity.lines.len());
    let once = first.least == 1 && matches!(first.window, VisitWindow::Days { last: None, .. });
    let visits = line.iter().flat_map(|asked| {
        (1..=asked.least).map(move |turn| {
            let number = (asked.key.place - 1) * asked.least + turn;
            Visit::planned(number, due(asked, turn, zone), Window::of(&asked.window))
        })
    });
    Series {
        phase: phase.id.clone(),
        opening: open.number,
        line: (lines > 1).then_some(first.key.line),
        duty: first.duty.into(),
        rolls: open.last_day.is_none() && !once,
        visits: visits.collect(),
    }
}

/// The day by which the n-th of those in one window is due: a span is shared evenly, and the last is due on its last day.
/// A quarter's visit is thus due when the quarter ends, the second of two a week at the end of the week.
fn due(asked: &Asked, turn: u32, zone: &TimeZone) -> Option<Date> {
    match asked.window {
        VisitWindow::Days { first, last, .. } => {
            let days = i64::from(first.until(last?).ok()?.get_days()) + 1;
            let (turn, least) = (i64::from(turn), i64::from(asked.least.max(1)));
            let until = (days * turn).div_euclid(least) + i64::from((days * turn).rem_euclid(least) > 0);
            first.checked_add(jiff::Span::new().days(until.max(1) - 1)).ok()
        }
        VisitWindow::Moment { target, .. } => Some(day_of(target, zone)),
    }
}
