//! A person says that one visit was not, or will not be, done: missed, not applicable, or waived where the file allows
//! that; always with a reason. A visit that turns out to be done is done, whatever was said of it.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::{Place, for_subject};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::Refusal;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::plan::Firmness;
use crate::domain::visit::{Mark, Standing};
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/MarkNotDone";

/// What is said of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It was not done.
    Missed,
    /// It does not concern this subject.
    NotApplicable,
    /// It is closed, as the file allows.
    Waived,
}

impl Said {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::NotApplicable => "not-applicable",
            Self::Waived => "waived",
        }
    }
}

/// Which visit, and what of it. The reason is the act's.
#[derive(Clone, Debug)]
pub struct MarkNotDone {
    /// The act, with its reason.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The visit's name.
    pub visit: String,
    /// What is said.
    pub said: Said,
}

/// Marks. Refused: a visit that is done or that the plan asks for no more, an infusion, and a waiver that the file does
/// not allow.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: MarkNotDone) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let around = for_subject(ctx, &tx, actor, RPC, (&cmd.trial, &cmd.subject)).await?;
    let place = Place::of(&around.subject, &cmd.visit)?;
    let (stored, mut course) = around.course(&tx, &place.activity).await?;
    let (line, visit) = place.find(&course)?;
    let series = &mut course.series[line];
    if cmd.said == Said::Waived && series.duty != Firmness::Waivable {
        return Err(Refusal::NotWaivable { visit: cmd.visit }.into());
    }
    let visit = &mut series.visits[visit];
    if matches!(visit.standing, Standing::Done { .. } | Standing::Canceled { .. }) {
        let (what, allowed) = ("mark", "scheduled, missed, not-applicable or waived");
        return Err(Refusal::WrongState { what, found: visit.standing.word(), allowed }.into());
    }
    let why = cmd.act.reason.clone().unwrap_or_default();
    visit.mark = Some(match cmd.said {
        Said::Missed => Mark::Missed(why),
        Said::NotApplicable => Mark::NotApplicable(why),
        Said::Waived => Mark::Waived(why),
    });
    around.keep(&mut tx, stored, course).await?;
    tx.append(events::visit_marked(&cmd.trial, &cmd.subject, &cmd.visit, cmd.said.word()));
    applied(tx, ()).await
}
