//! What is due in a trial from one day to another, and what is overdue: visits that wait, the oldest first. A visit
//! without a day is due while its window is open.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Stored, Tx};
use jiff::civil::Date;

use super::{Shown, judged_where, subjects, treatment};
use crate::authority;
use crate::commands::Around;
use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::visit::Standing;
use crate::store::{self, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/ListDue";

/// Which days of which trial.
#[derive(Clone, Debug)]
pub struct ListDue {
    /// The trial.
    pub trial: TrialId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Only what is overdue.
    pub overdue_only: bool,
    /// Visits to pass over: `next` of the page before.
    pub after: usize,
    /// At most so many.
    pub size: usize,
}

/// A visit that is due.
#[derive(Clone, Debug)]
pub struct Due {
    /// The subject.
    pub subject: SubjectId,
    /// Its due day has passed.
    pub overdue: bool,
    /// The visit.
    pub shown: Shown,
}

/// A page and where the next begins.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The visits.
    pub visits: Vec<Due>,
    /// `after` of the next page; none at the end.
    pub next: Option<usize>,
}

/// Reads a page.
pub async fn run(ctx: &Ctx, actor: &Actor, query: ListDue) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let role = authority::require(&tx, actor, RPC, &query.trial, None).await?;
    let holds = store::standing_holds(&tx, &query.trial).await?;
    let subjects = subjects(ctx, &tx, &query.trial).await?;
    let courses = courses(&tx, &query).await?;
    tx.rollback().await?;
    let mut found = Vec::new();
    for around in subjects.values() {
        found.extend(due(around, treatment(around, &holds, role), &query));
    }
    for course in courses.into_values() {
        if let Some(around) = subjects.get(&within(&query.trial, course.subject.as_str())) {
            let waiting = judged_where(course, around, |visit| visit.standing == Standing::Scheduled);
            found.extend(due(around, waiting, &query));
        }
    }
    found.retain(|due| due.overdue || !query.overdue_only);
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    let all = found.len();
    let visits: Vec<Due> = found.into_iter().skip(query.after).take(query.size).collect();
    let next = query.after + visits.len();
    Ok(Listed { visits, next: (next < all).then_some(next) })
}

fn order(due: &Due) -> (Option<Date>, &str, &str) {
    (due.shown.visit.due(), due.subject.as_str(), due.shown.name.as_str())
}

/// The courses in which a visit waits that is due by the last day: next due by then, however long ago they were judged, due
/// earlier, or without a day.
async fn courses(tx: &Tx, query: &ListDue) -> Result<BTreeMap<(SubjectId, String), Course>> {
    let trial = query.trial.as_str();
    let mut found = BTreeMap::new();
    for key in ["past", "undated"] {
        found.extend(tx.find::<Course>(&[(key, trial)]).await?.into_iter().map(keyed));
    }
    let day = |day: Date| within(&query.trial, &day.to_string());
    let (first, last) = (day(Date::ZERO), day(query.until));
    let next = tx.find_between::<Course>("due", (&first, &last)).await?.into_iter();
    found.extend(next.filter(|course| course.trial == query.trial).map(keyed));
    Ok(found)
}

fn keyed(course: Stored<Course>) -> ((SubjectId, String), Course) {
    ((course.subject.clone(), course.activity.to_string()), course.value)
}

/// The visits of a subject that wait and are due in the days asked for, or overdue. What a hold keeps still is not
/// overdue.
fn due(around: &Around, all: Vec<Shown>, query: &ListDue) -> Vec<Due> {
    let of = |shown: Shown| {
        let day = shown.visit.due();
        let overdue = !shown.frozen && day.is_some_and(|day| day < around.today);
        let asked = match day {
            Some(day) => query.from <= day && day <= query.until,
            None => shown.days.0 <= query.until,
        };
        let waits = shown.visit.standing == Standing::Scheduled;
        (waits && (asked || overdue)).then(|| Due { subject: around.subject.id.clone(), overdue, shown })
    };
    all.into_iter().filter_map(of).collect()
}
