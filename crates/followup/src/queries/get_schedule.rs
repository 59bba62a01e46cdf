//! A subject's schedule: its phases, and each visit with how it stands, its day, its reason and its history. What an
//! earlier plan asked for and the plan asks for no more is shown too.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::{Shown, judged, treatment};
use crate::authority;
use crate::commands::Around;
use crate::ctx::Ctx;
use crate::domain::course::{Course, Dropped};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::plan::Opened;
use crate::store::{self, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/GetSchedule";

/// Phases and visits.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Phases that are or were open, in the order of the file.
    pub phases: Vec<Opened>,
    /// The visits, in order of their days.
    pub visits: Vec<Shown>,
}

/// Reads it.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId, subject: SubjectId) -> Result<Schedule> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let known = store::subject(&tx, &trial, &subject).await?;
    let role = authority::require(&tx, actor, RPC, &trial, known.site.as_deref()).await?;
    let around = Around::of(ctx, &tx, known.value).await?;
    let holds = store::standing_holds(&tx, &trial).await?;
    tx.rollback().await?;
    let key = within(&trial, subject.as_str());
    let mut visits = treatment(&around, &holds, role);
    for course in ctx.store.find::<Course>(&[("subject", &key)]).await? {
        visits.extend(judged(course.value, &around));
    }
    for dropped in ctx.store.find::<Dropped>(&[("subject", &key)]).await? {
        visits.extend(gone(dropped.value, &around));
    }
    visits.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(Schedule { trial, subject, phases: around.subject.basis.phases.clone(), visits })
}

fn gone(dropped: Dropped, around: &Around) -> Vec<Shown> {
    let activity = dropped.activity;
    let mut shown = Vec::new();
    for series in dropped.series {
        shown.extend(series.visits.iter().map(|visit| Shown {
            name: series.name(&activity, visit.number),
            phase: series.phase.to_string(),
            activity: activity.to_string(),
            firmness: series.duty,
            frozen: false,
            beyond: true,
            days: visit.open().days(&around.zone),
            visit: visit.clone(),
        }));
    }
    shown
}

/// Visits that have no day come after those that have.
fn order(shown: &Shown) -> (bool, Option<jiff::civil::Date>, &str, &str, u32) {
    let due = shown.visit.due();
    (due.is_none(), due, shown.phase.as_str(), shown.activity.as_str(), shown.visit.number)
}
