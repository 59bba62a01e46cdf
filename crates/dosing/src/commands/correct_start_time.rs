//! A start was at another time than was written. Safety's rules are asked again, and the doses after it move
//! (protocols README, sentences 9 and 14).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::Timestamp;

use super::{at_bedside, replan, timing};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{InfusionId, TrialId};
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/CorrectStartTime";

/// Which start was when. Why is the act's reason.
#[derive(Clone, Debug)]
pub struct CorrectStartTime {
    /// The act, with its reason.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// When cells began to flow.
    pub at: Timestamp,
}

/// Corrects a start that was confirmed.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: CorrectStartTime) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let what = "correct the start time of";
    let bedside = at_bedside(&tx, actor, RPC, (&cmd.trial, &cmd.infusion), what).await?;
    let timing = timing(ctx, &tx, &bedside, cmd.at).await?;
    let corrected = bedside.infusion.correct_start(cmd.at, by.at)?.timed(timing);
    let entry = corrected.claimed().map(|claim| events::time_corrected(&corrected, claim, cmd.at));
    let course = corrected.key.course();
    tx.record(&bedside.treatment, bedside.treatment.with(corrected), entry).await?;
    replan::or_say_why(ctx, &mut tx, &bedside.subject, &course, "a start time was corrected").await?;
    applied(tx, ()).await
}
