//! What follows from a subject's counts: events with the days they are dated to, responses, findings for a person; and
//! what of that is to be told, because it was not told before, changed, or was taken away by a correction.

use std::collections::BTreeMap;

use holdpoint_protocol::eval::Stamp;
use holdpoint_protocol::eval::events::{self, EventStanding, Evidence};
use holdpoint_protocol::eval::response::{self, Assessment};
use holdpoint_protocol::eval::runs::Row;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::candidate::{self, Candidate};
use super::chart::chart;
use super::course::{Course, EventTold, Point, ResponseTold};
use super::subject::Subject;
use super::watched::Watched;

/// Nothing was reached and there is no value near the day (protocols README, sentence 37).
pub const NOT_ASSESSABLE: &str = "not-assessable";
/// The day has not come and nothing is reached.
pub const NOT_YET_ASSESSABLE: &str = "not-yet-assessable";

/// What follows from a subject's counts as of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derived {
    /// Events that count.
    pub events: BTreeMap<String, EventTold>,
    /// Responses that are asked of the subject.
    pub responses: BTreeMap<String, ResponseTold>,
    /// Findings that a person must judge.
    pub candidates: Vec<Candidate>,
    /// When time alone changes something next: a day of assessment comes.
    pub due: Option<Timestamp>,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An event is found, moved, or proved by other results.
    Event(String, EventTold),
    /// A correction took an event away.
    EventGone(String, EventTold),
    /// A response stands otherwise.
    Response(String, ResponseTold),
    /// A finding is there, or is graded otherwise.
    Candidate(Candidate),
    /// A correction took a finding away.
    CandidateGone(Candidate),
}

/// Derives everything for one subject.
pub fn derive(
    watched: &Watched,
    subject: &Subject,
    course: &Course,
    zone: &TimeZone,
    now: Timestamp,
) -> Derived {
    let chart = chart(watched, subject, course, zone.clone());
    let attested = BTreeMap::new();
    let today = now.to_zoned(zone.clone()).date();
    let evidence = Evidence::new(&chart, &attested, today);
    let finding = Finding { watched, evidence, course };
    let mut derived = Derived { events: finding.events(), ..Derived::default() };
    for id in &watched.responses {
        if let Some((told, due)) = finding.response(id.as_str()) {
            derived.due = [derived.due, due].into_iter().flatten().min();
            derived.responses.insert(id.to_string(), told);
        }
    }
    derived.candidates = candidate::find(watched, subject, course, zone);
    derived
}

struct Finding<'a> {
    watched: &'a Watched,
    evidence: Evidence<'a>,
    course: &'a Course,
}

impl Finding<'_> {
    fn events(&self) -> BTreeMap<String, EventTold> {
        let mut found = BTreeMap::new();
        for id in &self.watched.events {
            let derived = events::derive(&self.watched.protocol, id, &self.evidence, None);
            if let (EventStanding::Counts, Some(date), Some(known)) =
                (derived.standing, derived.on, derived.known)
            {
                found.insert(id.to_string(), EventTold { date, known, proof: self.proof(&derived.proof) });
            }
        }
        found
    }

    /// How a response stands, and when its day comes. None where it is not asked of the subject, or not yet allocated.
    fn response(&self, id: &str) -> Option<(ResponseTold, Option<Timestamp>)> {
        let response = self.watched.protocol.responses.get(id)?;
        let day = response
            .at
            .as_ref()
            .and_then(|at| events::moment_day(&self.watched.protocol, at, &self.evidence));
        let assessed = response::assess(&self.watched.protocol, response, &self.evidence);
        let (category, fixed) = match &assessed.assessment {
            Assessment::NotAsked(_) | Assessment::Unknown(_) | Assessment::ByPerson(_) => return None,
            Assessment::NotYetAssessable => (NOT_YET_ASSESSABLE.to_owned(), false),
            Assessment::Provisional(category) => (category.to_string(), false),
            Assessment::Fixed(category) => (category.to_string(), true),
            Assessment::NotAssessable => (NOT_ASSESSABLE.to_owned(), true),
        };
        let first = assessed.proof.first().map(|row| row.day);
        let told = ResponseTold {
            stands: assessed
                .standing
                .as_ref()
                .map_or(first.is_none(), |standing| standing.as_str() == category),
            date: first.or(day.filter(|_| fixed)),
            proof: self.proof(&assessed.proof),
            category,
            fixed,
        };
        let due = day.filter(|_| !fixed).and_then(|day| begin_of(day, &self.evidence.chart.zone));
        Some((told, due))
    }

    /// Result and version of each value: what a day of a run was proved by.
    fn proof(&self, rows: &[Row]) -> Vec<String> {
        let mut proof: Vec<String> = vec![];
        for (fact, _, at) in rows.iter().flat_map(|row| &row.values) {
            let Stamp::Instant(at) = at else { continue };
            for one in self.course.at(fact.as_str(), *at).iter().map(Point::proof) {
                if !proof.contains(&one) {
                    proof.push(one);
                }
            }
        }
        proof
    }
}

fn begin_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|begin| begin.timestamp())
}

/// What is to be told, and the course as it stands once that was told.
pub fn tell(course: &mut Course, derived: Derived) -> Vec<Change> {
    let mut changes = vec![];
    for (id, told) in &course.events {
        if !derived.events.contains_key(id) {
            changes.push(Change::EventGone(id.clone(), told.clone()));
        }
    }
    for (id, found) in &derived.events {
        if course.events.get(id) != Some(found) {
            changes.push(Change::Event(id.clone(), found.clone()));
        }
    }
    for (id, found) in &derived.responses {
        let told = course.responses.get(id);
        if told != Some(found) && (told.is_some() || found.category != NOT_YET_ASSESSABLE) {
            changes.push(Change::Response(id.clone(), found.clone()));
        }
    }
    changes.extend(candidate::changes(&course.candidates, &derived.candidates));
    course.events = derived.events;
    course.responses = derived.responses;
    course.candidates = derived.candidates;
    changes
}
