//! A person's decision on one analyte that waits: take it up for a subject, or throw it away, with a reason either way.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::ingest_results::{Answer, redrive};
use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::feed::Feed;
use crate::domain::identity::Whose;
use crate::domain::ids::{QuarantineId, TrialId};
use crate::domain::quarantine::{Quarantined, State};
use crate::error::not_found;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/ResolveQuarantined";

/// The decision.
#[derive(Clone, Debug)]
pub struct ResolveQuarantined {
    /// The act, with its reason.
    pub act: Act,
    /// What waits.
    pub quarantine: QuarantineId,
    /// For which trial the person decides.
    pub trial: TrialId,
    /// What is decided.
    pub decision: Decision,
}

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take it up for this subject.
    TakeUp(Whose),
    /// Throw it away.
    Discard,
}

/// Decides. What is taken up and can not be used for another reason waits on, and the answer says so. Refused: it was
/// decided before, or is of a trial or a feed that the person does not act for.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: ResolveQuarantined) -> Result<Done<Vec<Answer>>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let site = match &cmd.decision {
        Decision::TakeUp(whose) => store::subject(&tx, whose).await?.site.clone(),
        Decision::Discard => None,
    };
    authority::require(&tx, actor, RPC, &cmd.trial, site.as_deref()).await?;
    let unknown = || not_found("quarantined analyte", cmd.quarantine.as_str());
    let waiting = tx.get::<Quarantined>(cmd.quarantine.as_str()).await?.ok_or_else(unknown)?;
    let ours = match &waiting.trial {
        Some(trial) => *trial == cmd.trial,
        None => tx.get::<Feed>(waiting.feed.as_str()).await?.is_some_and(|feed| feed.serves(&cmd.trial)),
    };
    if !ours {
        return Err(unknown());
    }
    waiting.waiting()?;
    let answers = match &cmd.decision {
        Decision::TakeUp(whose) => redrive(ctx, &mut tx, vec![waiting], Some(whose)).await?,
        Decision::Discard => {
            let discarded = Quarantined { state: State::Discarded, ..waiting.value.clone() };
            let entry = events::resolved(&discarded, &cmd.trial);
            tx.record(&waiting, discarded, [entry]).await?;
            vec![]
        }
    };
    applied(tx, answers).await
}
