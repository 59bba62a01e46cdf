//! The category of a response: provisional before its day, fixed on it (semantics 37).

use jiff::civil::Date;

use super::condition::{Pick, ask};
use super::events::{Evidence, moment_day};
use super::runs::Row;
use super::time::{day_end, days_between};
use super::truth::Truth;
use crate::Protocol;
use crate::ids::CategoryId;
use crate::model::{CategoryTest, Response, Run};

/// A value older than this on the day of assessment says nothing of it.
const FRESH_DAYS: i64 = 7;

/// How an assessment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// It is not asked of this subject.
    NotAsked(String),
    /// Whether it is asked, or from when, is not known.
    Unknown(String),
    /// A person judges it.
    ByPerson(String),
    /// Before the day, and no category is reached.
    NotYetAssessable,
    /// Before the day: the first listed category reached so far.
    Provisional(CategoryId),
    /// The category.
    Fixed(CategoryId),
    /// Nothing was reached, and there is no value near the day.
    NotAssessable,
}

/// An assessment with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    /// How it stands.
    pub assessment: Assessment,
    /// The category that still stands on the day of assessment, or on the day it is asked before that.
    pub standing: Option<CategoryId>,
    /// The days that prove the category.
    pub proof: Vec<Row>,
}

impl From<Assessment> for Assessed {
    fn from(assessment: Assessment) -> Self {
        Self { assessment, standing: None, proof: Vec::new() }
    }
}

/// Assesses a response.
pub fn assess(protocol: &Protocol, response: &Response, evidence: &Evidence<'_>) -> Assessed {
    let chart = evidence.chart;
    if let Some(who) = &response.who {
        let asked = ask(who, &chart.at(day_end(evidence.today, &chart.zone), Pick::Worst));
        match asked.truth {
            Truth::True => {}
            Truth::False => return Assessment::NotAsked(asked.reasons.join("; ")).into(),
            Truth::Unknown => return Assessment::Unknown(asked.reasons.join("; ")).into(),
        }
    }
    if response.categories.is_empty() {
        return Assessment::ByPerson(response.attest.clone().unwrap_or_default()).into();
    }
    let begin = match &response.from {
        None => None,
        Some(from) => match super::events::begin_day(protocol, from, evidence) {
            Some(begin) => Some(begin),
            None => return Assessment::NotYetAssessable.into(),
        },
    };
    let fixed_on = response.at.as_ref().and_then(|at| moment_day(protocol, at, evidence));
    let is_fixed = fixed_on.is_some_and(|day| day <= evidence.today);
    let until = fixed_on.filter(|_| is_fixed).unwrap_or(evidence.today);
    categorize(response, evidence, begin, until, is_fixed)
}

fn categorize(
    response: &Response,
    evidence: &Evidence<'_>,
    begin: Option<Date>,
    until: Date,
    is_fixed: bool,
) -> Assessed {
    let standing = standing(response, evidence, begin, until);
    for (category, run) in runs_of(response) {
        if let Some(found) = evidence.runs().find(run, begin, Some(until)) {
            let category = category.clone();
            let assessment =
                if is_fixed { Assessment::Fixed(category) } else { Assessment::Provisional(category) };
            return Assessed { assessment, standing, proof: found.rows };
        }
    }
    let otherwise = response.categories.iter().find(|category| category.test == CategoryTest::Otherwise);
    let assessment = match otherwise {
        _ if !is_fixed => Assessment::NotYetAssessable,
        Some(rest) if fresh(response, evidence, until) => Assessment::Fixed(rest.id.clone()),
        _ => Assessment::NotAssessable,
    };
    Assessed { assessment, standing, proof: Vec::new() }
}

fn runs_of(response: &Response) -> impl Iterator<Item = (&CategoryId, &Run)> {
    response.categories.iter().filter_map(|category| match &category.test {
        CategoryTest::Run(run) => Some((&category.id, run)),
        CategoryTest::Otherwise => None,
    })
}

/// Whether there is any value near the day.
fn fresh(response: &Response, evidence: &Evidence<'_>, day: Date) -> bool {
    let measured =
        runs_of(response).filter_map(|(_, run)| evidence.runs().last_measured(&run.when, day)).max();
    measured.is_some_and(|measured| days_between(measured, day) <= FRESH_DAYS)
}

/// The first listed category whose run stands on the last day that has a value.
fn standing(
    response: &Response,
    evidence: &Evidence<'_>,
    begin: Option<Date>,
    day: Date,
) -> Option<CategoryId> {
    let of = |(category, run): (&CategoryId, &Run)| {
        let last = evidence.runs().last_measured(&run.when, day)?;
        let near = days_between(last, day) <= FRESH_DAYS;
        (near && evidence.runs().standing_on(run, begin, last).is_some()).then(|| category.clone())
    };
    runs_of(response).find_map(of)
}
