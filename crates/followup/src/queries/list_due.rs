//! What is due in a trial from one day to another, and what is overdue: visits that wait, the oldest first. A visit
//! without a day is due while its window is open.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::{Stored, Tx};
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Shown, Subjects, judged, treatment};
use crate::authority;
use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::infusion::day;
use crate::domain::subject::Subject;
use crate::domain::visit::Standing;
use crate::store::{self, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/ListDue";

/// Days that courses may be behind: a site's day that has not been judged yet.
const LATELY_DAYS: i64 = 3;

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
    let mut found = infusions(ctx, &tx, &query, role).await?;
    found.extend(visits(ctx, &tx, &query).await?);
    tx.rollback().await?;
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

async fn visits(ctx: &Ctx, tx: &Tx, query: &ListDue) -> Result<Vec<Due>> {
    let mut subjects = Subjects::default();
    let mut found = Vec::new();
    for course in courses(ctx, tx, query).await?.into_values() {
        let id = course.subject.clone();
        let Some(around) = subjects.get(ctx, tx, (&query.trial, &id)).await? else { continue };
        let today = around.today;
        let shown = judged(course, around).into_iter();
        found.extend(shown.filter_map(|shown| due(&id, shown, today, query)));
    }
    Ok(found)
}

/// The courses in which a visit waits that is due by the last day: next due on one of the days, due earlier, or without
/// a day. Days that a timer has not looked at yet are looked at here.
async fn courses(ctx: &Ctx, tx: &Tx, query: &ListDue) -> Result<BTreeMap<(SubjectId, String), Course>> {
    let trial = query.trial.as_str();
    let mut found = BTreeMap::new();
    for key in ["past", "undated"] {
        found.extend(tx.find::<Course>(&[(key, trial)]).await?.into_iter().map(keyed));
    }
    let lately =
        day(ctx.now(), &TimeZone::UTC).checked_sub(Span::new().days(LATELY_DAYS)).unwrap_or(Date::MIN);
    let mut next = Some(query.from.min(lately));
    while let Some(day) = next.filter(|day| *day <= query.until) {
        let key = within(&query.trial, &day.to_string());
        found.extend(tx.find::<Course>(&[("due", &key)]).await?.into_iter().map(keyed));
        next = day.tomorrow().ok();
    }
    Ok(found)
}

fn keyed(course: Stored<Course>) -> ((SubjectId, String), Course) {
    ((course.subject.clone(), course.activity.to_string()), course.value)
}

async fn infusions(ctx: &Ctx, tx: &Tx, query: &ListDue, role: Role) -> Result<Vec<Due>> {
    let holds = store::standing_holds(tx, &query.trial).await?;
    let mut subjects = Subjects::default();
    let mut found = Vec::new();
    for subject in tx.find::<Subject>(&[("trial", query.trial.as_str())]).await? {
        if subject.infusions.is_empty() {
            continue;
        }
        let Some(around) = subjects.get(ctx, tx, (&query.trial, &subject.id)).await? else { continue };
        let shown = treatment(around, &holds, role).into_iter();
        found.extend(shown.filter_map(|shown| due(&subject.id, shown, around.today, query)));
    }
    Ok(found)
}

/// A visit that waits and is due in the days asked for, or overdue. What a hold keeps still is not overdue.
fn due(subject: &SubjectId, shown: Shown, today: Date, query: &ListDue) -> Option<Due> {
    let day = shown.visit.due();
    let overdue = !shown.frozen && day.is_some_and(|day| day < today);
    let asked = match day {
        Some(day) => query.from <= day && day <= query.until,
        None => shown.days.0 <= query.until,
    };
    let waits = shown.visit.standing == Standing::Scheduled;
    (waits && (asked || overdue)).then(|| Due { subject: subject.clone(), overdue, shown })
}
