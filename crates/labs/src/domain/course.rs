//! The course of one subject's counts: what stands of each fact that a trial asks the laboratory for, in the order of
//! time, and what was told of it. All that a subject's derivation reads of results, so that it costs the same however
//! many results other subjects have.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::identity::Whose;
use super::ids::ResultId;
use super::reading::{Measured, Reading};
use super::result::Standing;

/// What stands under one result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The result.
    pub result: ResultId,
    /// The word that stands.
    pub version: u32,
    /// When the specimen was taken.
    #[serde(with = "micros::required")]
    pub taken_at: Timestamp,
    /// The number; none where the laboratory printed words.
    #[serde(flatten)]
    pub measured: Option<Measured>,
}

impl Point {
    /// Result and version, as proofs name them: `r-17/2`.
    pub fn proof(&self) -> String {
        format!("{}/{}", self.result, self.version)
    }
}

/// An event that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTold {
    /// Its first day.
    pub date: Date,
    /// The day it was known.
    pub known: Date,
    /// Results and versions that prove it.
    pub proof: Vec<String>,
}

/// How a response stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseTold {
    /// A category of the file, `not-assessable` or `not-yet-assessable`.
    pub category: String,
    /// The day of assessment has come: it changes by corrections alone.
    pub fixed: bool,
    /// Whether the category still stands on that day, or as of the last derivation before it.
    pub stands: bool,
    /// The day it is dated to; none where nothing was reached and the day has not come.
    pub date: Option<Date>,
    /// Results and versions that prove it.
    pub proof: Vec<String>,
}

/// One subject's counts and what was told of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Trial and code.
    #[serde(flatten)]
    pub whose: Whose,
    /// What stands of each fact, by the time it was taken.
    pub points: BTreeMap<String, Vec<Point>>,
    /// Events that were told and stand.
    pub events: BTreeMap<String, EventTold>,
    /// Responses as they were told last.
    pub responses: BTreeMap<String, ResponseTold>,
    /// Findings that were told and stand.
    pub candidates: Vec<Candidate>,
}

impl Course {
    /// No counts.
    pub fn none(whose: Whose) -> Self {
        Self {
            whose,
            points: BTreeMap::new(),
            events: BTreeMap::new(),
            responses: BTreeMap::new(),
            candidates: vec![],
        }
    }

    /// Takes over what stands under a result of a fact.
    pub fn take(&mut self, fact: &str, result: &ResultId, standing: &Standing) {
        let points = self.points.entry(fact.to_owned()).or_default();
        points.retain(|point| point.result != *result);
        if let Standing::Stands { version, taken_at, reading } = standing {
            let measured = match reading {
                Reading::Number(measured) => Some(measured.clone()),
                Reading::Words | Reading::Nothing => None,
            };
            let point = Point { result: result.clone(), version: *version, taken_at: *taken_at, measured };
            let place = points
                .partition_point(|known| (known.taken_at, &known.result) < (point.taken_at, &point.result));
            points.insert(place, point);
        }
        if points.is_empty() {
            self.points.remove(fact);
        }
    }

    /// What stands of a fact at a moment: a point of each specimen that was taken then.
    pub fn at(&self, fact: &str, at: Timestamp) -> &[Point] {
        let points = self.points.get(fact).map_or(&[][..], Vec::as_slice);
        let first = points.partition_point(|point| point.taken_at < at);
        let last = points.partition_point(|point| point.taken_at <= at);
        points.get(first..last).unwrap_or_default()
    }

    /// The point that stands last of each fact.
    pub fn last(&self) -> impl Iterator<Item = (&str, &Point)> {
        self.points.iter().filter_map(|(fact, points)| Some((fact.as_str(), points.last()?)))
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
