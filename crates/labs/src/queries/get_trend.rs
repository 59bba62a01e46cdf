//! The course of one fact of a subject: what stands of each specimen, with the laboratory's limits and what it is graded as,
//! beside what was given to the subject. Reads this one subject alone.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::Timestamp;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::candidate;
use crate::domain::course::Point;
use crate::domain::grading::{Grade, Grader};
use crate::domain::identity::Whose;
use crate::domain::result::LabResult;
use crate::domain::subject::When;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/GetTrend";

/// Which course.
#[derive(Clone, Debug)]
pub struct GetTrend {
    /// The subject.
    pub whose: Whose,
    /// The fact.
    pub fact: String,
}

/// A course.
#[derive(Clone, Debug)]
pub struct Trend {
    /// The fact.
    pub fact: String,
    /// Its unit in the dictionary.
    pub unit: String,
    /// What stands, by time; its grades; whether it is the baseline.
    pub points: Vec<(Point, Vec<Grade>, bool)>,
    /// Doses that are not known to be void; none where the trial keeps the caller's role from knowing the arm.
    pub doses: Vec<Timestamp>,
    /// Transfusions, by the event they are, with their moments.
    pub transfusions: Vec<(String, Timestamp)>,
}

/// Reads it.
pub async fn run(ctx: &Ctx, actor: &Actor, query: GetTrend) -> Result<Trend> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let subject = store::subject(&tx, &query.whose).await?;
    let role = authority::require(&tx, actor, RPC, &query.whose.trial, subject.site.as_deref()).await?;
    let watched = ctx.protocols.of_subject(&tx, &subject).await?;
    let course = store::course(&tx, &query.whose).await?;
    let points = course.points.get(&query.fact).cloned().unwrap_or_default();
    let ids: Vec<String> = points.iter().map(|point| point.result.to_string()).collect();
    let results: BTreeMap<String, _> = tx.get_all::<LabResult>(&ids).await?;
    let zone = store::time_zone(&tx, &query.whose.trial, subject.site.as_deref()).await?;
    tx.rollback().await?;
    let grader =
        watched.as_deref().map(|watched| Grader { watched, subject: &subject.value, course: &course });
    let baseline = candidate::baseline(&subject, &points).0.map(|point| point.result.clone());
    let shown = |point: &Point| {
        let result = results.get(point.result.as_str()).map(|result| &result.value);
        let word = result.and_then(|result| result.words.iter().find(|word| word.version == point.version));
        let grades = grader.zip(result).zip(word).map(|((grader, result), word)| grader.grades(result, word));
        (point.clone(), grades.unwrap_or_default(), baseline.as_ref() == Some(&point.result))
    };
    // When something was given, and when nothing, tells an arm from another.
    let open = watched.as_deref().is_some_and(|watched| !watched.protocol.allocation.is_blind(role.as_str()));
    let mut doses: Vec<Timestamp> =
        subject.doses.values().filter(|dose| open && !dose.void).map(|dose| dose.at).collect();
    doses.sort();
    let moment = |when: When| match when {
        When::At(at) => Some(at),
        When::On(day) => day.to_zoned(zone.clone()).ok().map(|day| day.timestamp()),
    };
    let mut transfusions: Vec<(String, Timestamp)> = subject
        .transfusions
        .standing()
        .filter_map(|given| Some((given.event.clone(), moment(given.when)?)))
        .collect();
    transfusions.sort_by_key(|given| given.1);
    let unit = results.values().find_map(|result| result.unit.clone()).unwrap_or_default();
    let points = points.iter().map(shown).collect();
    Ok(Trend { fact: query.fact, unit, points, doses, transfusions })
}
