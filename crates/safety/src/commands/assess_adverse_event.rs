//! A recorded assessment of what is judged of an adverse event (relatedness, seriousness, expectedness, origin): the
//! only thing that ends "pending assessment". It lifts nothing: if the rule is false, people may release.
//! protocols README, sentence 4. Refusals SAF-0001, SAF-0003.

use holdpoint_chassis::error::Result;

use super::report_adverse_event::{Reported, decide, refuse_wrong_facts};
use super::update_adverse_event::find;
use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::fact::GivenFact;
use crate::domain::ids::{AdverseEventId, TrialId};
use crate::events;
use crate::store::{Subject, Trial, in_trial};

/// An assessment.
#[derive(Debug, Clone)]
pub struct AssessAdverseEvent {
    /// The trial.
    pub trial: TrialId,
    /// The adverse event.
    pub adverse_event: AdverseEventId,
    /// What was judged.
    pub facts: Vec<GivenFact>,
}

/// Records an assessment, by somebody who may judge at the subject's site.
pub async fn run(ctx: &Ctx, call: &Call, cmd: AssessAdverseEvent) -> Result<Reported> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    judge_may_act(ctx, call, &cmd).await?;
    let _turn = ctx.turns.of(&cmd.trial).await;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let stored = find(&trial, &cmd.adverse_event).await?;
    refuse_wrong_facts(ctx, &trial, &stored.subject, &cmd.facts).await?;
    let event = stored.value.clone().assess(cmd.facts);
    trial.tx.update(&stored, event.clone()).await?;
    let now = trial.now();
    trial.tell(events::adverse_event_changed(&event, now));
    let reported = decide(ctx, &mut trial, &event, true).await?;
    keep(&mut tx, &reported)?;
    tx.commit().await?;
    Ok(reported)
}

async fn judge_may_act(ctx: &Ctx, call: &Call, cmd: &AssessAdverseEvent) -> Result<()> {
    let event =
        ctx.store.get::<crate::domain::adverse_event::AdverseEvent>(cmd.adverse_event.as_str()).await?;
    let subject = match event.filter(|event| event.trial == cmd.trial) {
        Some(event) => ctx.store.get::<Subject>(&in_trial(&cmd.trial, &event.subject)).await?,
        None => None,
    };
    let site = subject.as_ref().and_then(|subject| subject.site.as_ref());
    let place = site.map_or(Place::Anywhere, Place::Site);
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, place).await?;
    Ok(())
}
