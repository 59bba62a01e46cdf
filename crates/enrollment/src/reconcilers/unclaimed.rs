//! Permits that safety lists as out under a hold and that enrollment never claimed: their answer was lost, or enrollment
//! died before the claim. Once voided they keep no hold from being effective. Looked for only after journals were
//! compared with safety, and never in a trial whose journal went back here: there only a person's statement voids.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{By, Follower};

use crate::NAME;
use crate::call::{Call, chain};
use crate::commands::randomize::Randomize;
use crate::commands::settle_permit;
use crate::ctx::Ctx;
use crate::domain::hold::HoldCopy;
use crate::domain::ids::{PermitId, SubjectId, TrialId};
use crate::store::PermitFate;

/// Looks once. One that fails keeps no other from being voided; answers the first error.
pub async fn run(ctx: &Ctx, safety: &Follower) -> Result<()> {
    let unclaimed = unclaimed(ctx).await?;
    if unclaimed.is_empty() {
        return Ok(());
    }
    safety.compare().await?;
    let call = Call { actor: Actor::own_service(NAME), roles: vec![], by: By::new(NAME, ctx.civil.now()) };
    let mut outcome = Ok(());
    for (trial, subject, permit) in unclaimed {
        let of = Randomize { trial, subject, attempt: 0, earlier_not_heard: None, arm: None, again: None };
        let voided = settle_permit::void_unclaimed(ctx, &call, &of, &permit).await;
        outcome = outcome.and(voided.map(drop));
    }
    outcome
}

async fn unclaimed(ctx: &Ctx) -> Result<Vec<(TrialId, SubjectId, PermitId)>> {
    let mut found = vec![];
    for hold in ctx.store.find::<HoldCopy>(&[("waits", "yes")]).await? {
        if ctx.store.head(&chain(&hold.trial)).await?.incarnation > 0 {
            continue;
        }
        for (permit, subject) in &hold.unsettled {
            if ctx.store.get::<PermitFate>(permit.as_str()).await?.is_none() {
                found.push((hold.trial.clone(), subject.clone(), permit.clone()));
            }
        }
    }
    Ok(found)
}
