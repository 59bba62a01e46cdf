//! A person moves one visit that waits to another day. Outside of its window the move is a deviation, written down with
//! its reason.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::record_deviation::deviation;
use super::{Place, for_subject};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::Refusal;
use crate::domain::ids::{DeviationId, SubjectId, TrialId};
use crate::domain::visit::{Standing, Window};
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/Reschedule";

/// Which visit, and to which day. The reason is the act's.
#[derive(Clone, Debug)]
pub struct Reschedule {
    /// The act, with its reason.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The visit's name.
    pub visit: String,
    /// The site's day.
    pub date: Date,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The deviation, where the day lies outside of the window.
    pub deviation: Option<DeviationId>,
}

/// Moves. Refused: a visit that does not wait, an infusion, a visit bound to a moment, and a day that has passed.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: Reschedule) -> Result<Done<Moved>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let around = for_subject(ctx, &tx, actor, RPC, (&cmd.trial, &cmd.subject)).await?;
    let place = Place::of(&around.subject, &cmd.visit)?;
    let (stored, mut course) = around.course(&tx, &place.activity).await?;
    let (line, at) = place.find(&course)?;
    let visit = &mut course.series[line].visits[at];
    if visit.standing != Standing::Scheduled {
        let (what, allowed) = ("move", "scheduled");
        return Err(Refusal::WrongState { what, found: visit.standing.word(), allowed }.into());
    }
    let Window::Days { from, to } = visit.window else {
        return Err(Refusal::ToTheMoment { visit: cmd.visit }.into());
    };
    if cmd.date < around.today {
        return Err(Refusal::Passed { date: cmd.date, today: around.today }.into());
    }
    let why = cmd.act.reason.clone().unwrap_or_default();
    let inside = from <= cmd.date && to.is_none_or(|to| cmd.date <= to);
    visit.moved = Some(cmd.date);
    visit.told = false;
    visit.remember(&around.hand, Some(&why));
    around.keep(&mut tx, stored, course).await?;
    tx.append(events::visit_moved(&cmd.trial, &cmd.subject, &cmd.visit, cmd.date));
    let deviation = if inside {
        None
    } else {
        let words = format!("visit {} moved outside of its window to {}: {why}", cmd.visit, cmd.date);
        let deviation = deviation(ctx, actor, &tx, (cmd.trial, cmd.subject), words);
        tx.record_new(&deviation, [events::deviation_recorded(&deviation)]).await?;
        Some(deviation.id)
    };
    applied(tx, Moved { deviation }).await
}
