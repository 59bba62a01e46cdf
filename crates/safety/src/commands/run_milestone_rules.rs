//! Death, relapse, withdrawal, discontinuation: enrollment asks before its recorder is answered, and hears what is
//! held. Nothing stands in the way of a hold: a journal that cannot be applied is told, and the rules run all the
//! same. holds.md "What places a hold without waiting for an event".

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Chain, Head, Known};
use serde::{Deserialize, Serialize};

use super::asking::{self, Happening};
use super::report_adverse_event::shown;
use super::ruling::Ruled;
use super::{Call, HoldShown, going_back, keep, sign_rule};
use crate::ctx::Ctx;
use crate::domain::fact::Since;
use crate::domain::hold::Hold;
use crate::domain::ids::{Peer, RuleId, SubjectId, TrialId};
use crate::peers::Followers;
use crate::store::{Trial, VerdictWords};

/// What enrollment recorded.
#[derive(Debug, Clone)]
pub struct RunMilestoneRules {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Event of the file, or the axis of a discontinuation.
    pub event: String,
    /// Id of the record.
    pub milestone: String,
    /// When it happened.
    pub at: Since,
    /// The record was withdrawn.
    pub withdrawn: bool,
    /// For a discontinuation: the rule of the file.
    pub rule: Option<RuleId>,
    /// Enrollment's own head of the trial.
    pub mine: Head,
    /// The newest that enrollment has seen of safety's journal of the trial.
    pub yours: Head,
}

/// What it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneRuled {
    /// The holds of this cause that stand.
    pub holds: Vec<HoldShown>,
    /// What each rule answered.
    pub rules: Vec<VerdictWords>,
}

/// Runs the rules.
pub async fn run(
    ctx: &Ctx,
    followers: &Followers,
    call: &Call,
    cmd: RunMilestoneRules,
) -> Result<MilestoneRuled> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    heed_heads(ctx, followers, call, &cmd).await;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let ruled = rule(ctx, &mut trial, &cmd).await?;
    let mut holds = vec![];
    for id in &ruled.holds {
        if let Some(hold) = trial.tx.get::<Hold>(id.as_str()).await? {
            holds.push(shown(ctx, &trial, hold.value).await?);
        }
    }
    let answer = MilestoneRuled { holds, rules: ruled.verdicts };
    keep(&mut tx, &answer)?;
    tx.commit().await?;
    Ok(answer)
}

async fn heed_heads(ctx: &Ctx, followers: &Followers, call: &Call, cmd: &RunMilestoneRules) {
    let chain = Chain::trial(cmd.trial.as_str());
    let asker = Peer::from(call.actor.principal.as_str());
    let heeded = async {
        if ctx.store.knows(&chain, &cmd.yours).await? == Known::Lacks {
            going_back::safety(ctx, &chain, asker.as_str(), cmd.yours).await?;
        }
        {
            let applied = ctx.store.cursor(asker.as_str(), &chain).await?;
            followers.up_to((&asker, applied), &chain, cmd.mine).await
        }
    };
    if let Err(cause) = heeded.await {
        tracing::warn!(%cause, "enrollment's journal was not applied; its milestone's rules run all the same");
    }
}

async fn rule(ctx: &Ctx, trial: &mut Trial<'_>, cmd: &RunMilestoneRules) -> Result<Ruled> {
    if cmd.withdrawn {
        // Nothing is released by a correction (protocols README, sentence 4).
        return Ok(Ruled::default());
    }
    if let Some(rule) = &cmd.rule {
        return sign_rule::discontinued(ctx, trial, &cmd.subject, rule).await;
    }
    let known = trial.subject(&cmd.subject).await?;
    let root = known.as_ref().and_then(|subject| subject.milestones.get(&cmd.milestone));
    let root = root.map_or_else(|| cmd.milestone.clone(), |milestone| milestone.root.clone());
    let happening = Happening { root, event: cmd.event.clone(), at: cmd.at };
    asking::milestone(ctx, trial, &cmd.subject, &happening).await
}
