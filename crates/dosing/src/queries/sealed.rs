//! To whom an answer tells the arm: what an arm gives is left out for a role that the subject's version of the file keeps
//! from knowing it. A version that is not known here tells nobody (field.md story 14).

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::Tx;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::store;

/// The versions of a trial that let one role know the arm.
pub(crate) struct Open(BTreeSet<String>);

impl Open {
    /// Those of a trial.
    pub async fn to(ctx: &Ctx, tx: &Tx, trial: &TrialId, role: Role) -> Result<Self> {
        Ok(Self(ctx.protocols.open_to(tx, trial.as_str(), role).await?))
    }

    /// Whether the subject's arm is sealed to the role.
    pub fn seals(&self, subject: &Subject) -> bool {
        subject.protocol.as_ref().is_none_or(|digest| !self.0.contains(digest))
    }
}

/// Whether the subject's arm is sealed to whoever calls an rpc.
pub(crate) async fn is_sealed_to(
    ctx: &Ctx,
    actor: &Actor,
    rpc: &str,
    (trial, subject): (&TrialId, &SubjectId),
) -> Result<bool> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let known = store::subject(&tx, trial, subject).await?;
    let role = authority::require(&tx, actor, rpc, trial, known.site.as_deref()).await?;
    let open = Open::to(ctx, &tx, trial, role).await?;
    tx.rollback().await?;
    Ok(open.seals(&known))
}
