//! Laboratory findings that a person must judge (Protocol 7.1; protocols README, sentence 40): one a subject, term and
//! episode. An episode is a run of values graded above the baseline; what the file spares raises nothing.

use std::collections::BTreeSet;

use holdpoint_clinical::ctcae::{self, Against, Term};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::course::{Course, Point};
use super::ids::{CandidateId, ResultId};
use super::reading::Measured;
use super::subject::Subject;
use super::watched::Watched;

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Unique for ever: the same for every change of the same episode.
    pub id: CandidateId,
    /// The fact.
    pub fact: String,
    /// CTCAE's term.
    pub term: String,
    /// The scale with its version.
    pub scale: String,
    /// The worst grade of the episode.
    pub grade: u8,
    /// The grade before treatment; 0 where there was no value.
    pub baseline_grade: u8,
    /// The episode's first day.
    pub from: Date,
    /// The results that began it or made it worse.
    pub evidence: Vec<String>,
    /// All results of the episode, by which it is known again after a correction.
    pub results: BTreeSet<ResultId>,
}

/// The findings of a subject, in the order of facts, terms and time. Those that were told before keep their ids.
pub fn find(watched: &Watched, subject: &Subject, course: &Course, zone: &TimeZone) -> Vec<Candidate> {
    let events = &watched.protocol.adverse_events;
    let name = events.scale.to_string();
    let Some(scale) = ctcae::scale(&name) else { return vec![] };
    let spared = |fact: &str| {
        events
            .laboratory
            .as_ref()
            .is_some_and(|laboratory| laboratory.spare.iter().any(|spare| spare.as_str() == fact))
    };
    let mut found = vec![];
    for (fact, points) in course.points.iter().filter(|(fact, _)| !spared(fact)) {
        let unit = watched.protocol.fact(fact).and_then(|fact| fact.unit.as_ref());
        let unit = unit.map_or("", |unit| unit.as_str());
        // A dictionary that has the fact in another unit than the scale has no numbers for its rules.
        for term in scale.terms_of(fact).filter(|term| term.is_in(unit)) {
            let episodes =
                Episodes { subject, fact, term, scale: scale.name, zone, told: &course.candidates };
            found.extend(episodes.find(points));
        }
    }
    found
}

struct Episodes<'a> {
    subject: &'a Subject,
    fact: &'a str,
    term: &'static Term,
    scale: &'static str,
    zone: &'a TimeZone,
    told: &'a [Candidate],
}

impl Episodes<'_> {
    fn find(&self, points: &[Point]) -> Vec<Candidate> {
        let (baseline, later) = baseline(self.subject, points);
        let before = baseline.and_then(|point| point.measured.as_ref());
        let at_baseline = baseline.and_then(|point| self.grade(point, None)).unwrap_or_default();
        let mut found: Vec<Candidate> = vec![];
        let mut open: Option<Candidate> = None;
        for point in later {
            match self.grade(point, before) {
                Some(grade) if grade > at_baseline => {
                    let episode = open.take().unwrap_or_else(|| self.begin(point, at_baseline));
                    open = Some(worse(episode, point, grade));
                }
                // Words, or a limit that is missing: neither in the episode nor its end.
                None => {}
                Some(_) => found.extend(open.take()),
            }
        }
        found.extend(open);
        let mut used = BTreeSet::new();
        found.into_iter().map(|episode| self.known_again(episode, &mut used)).collect()
    }

    fn grade(&self, point: &Point, baseline: Option<&Measured>) -> Option<u8> {
        let measured = point.measured.as_ref()?;
        let against = Against {
            lower: measured.lower,
            upper: measured.upper,
            baseline: baseline.map(|baseline| baseline.value),
            baseline_upper: baseline.and_then(|baseline| baseline.upper),
            ..Against::default()
        };
        self.term.grade(measured.value, &against)
    }

    fn begin(&self, point: &Point, baseline_grade: u8) -> Candidate {
        Candidate {
            id: format!("c-{}-{}", self.term.name.replace(' ', "-").to_lowercase(), point.result).into(),
            fact: self.fact.to_owned(),
            term: self.term.name.to_owned(),
            scale: self.scale.to_owned(),
            grade: 0,
            baseline_grade,
            from: point.taken_at.to_zoned(self.zone.clone()).date(),
            evidence: vec![],
            results: BTreeSet::new(),
        }
    }

    /// The id under which the episode was told before, where it was. Of the parts of one that a correction split, the
    /// first keeps it.
    fn known_again(&self, episode: Candidate, used: &mut BTreeSet<CandidateId>) -> Candidate {
        let same = |told: &&Candidate| {
            told.term == episode.term
                && !used.contains(&told.id)
                && !told.results.is_disjoint(&episode.results)
        };
        let known = self.told.iter().find(same).map(|told| told.id.clone());
        let episode = Candidate { id: known.unwrap_or_else(|| episode.id.clone()), ..episode };
        used.insert(episode.id.clone());
        episode
    }
}

/// The last value up to the allocation, or the first of all, and the values after it.
pub(crate) fn baseline<'p>(subject: &Subject, points: &'p [Point]) -> (Option<&'p Point>, &'p [Point]) {
    let allocated = subject.allocation.as_ref().map(|allocation| allocation.at);
    let numbers = |point: &&Point| point.measured.is_some();
    let before = |at: Timestamp| points.iter().rev().find(|point| point.taken_at <= at && numbers(point));
    let Some(baseline) = allocated.map_or_else(|| points.iter().find(numbers), before) else {
        let later = points.partition_point(|point| allocated.is_some_and(|at| point.taken_at <= at));
        return (None, &points[later..]);
    };
    let place = points.iter().position(|point| point == baseline).map_or(0, |place| place + 1);
    (Some(baseline), &points[place..])
}

fn worse(mut episode: Candidate, point: &Point, grade: u8) -> Candidate {
    if grade > episode.grade {
        episode.grade = grade;
        episode.evidence.push(point.proof());
    }
    episode.results.insert(point.result.clone());
    episode
}

/// What is to be told of the findings: one that is there or graded otherwise, one that was taken away.
pub fn changes(told: &[Candidate], found: &[Candidate]) -> Vec<super::derivation::Change> {
    use super::derivation::Change;
    let same = |one: &Candidate, other: &Candidate| {
        (one.grade, one.baseline_grade, one.from) == (other.grade, other.baseline_grade, other.from)
    };
    let gone = told.iter().filter(|told| !found.iter().any(|found| found.id == told.id));
    let other =
        found.iter().filter(|found| !told.iter().any(|told| told.id == found.id && same(told, found)));
    let gone = gone.cloned().map(Change::CandidateGone);
    gone.chain(other.cloned().map(Change::Candidate)).collect()
}
