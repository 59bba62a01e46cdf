//! A person writes down what was otherwise than the protocol says.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::Tx;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{DeviationId, SubjectId, TrialId};
use crate::events;
use crate::store::{self, Deviation};

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/RecordDeviation";

/// What was otherwise.
#[derive(Clone, Debug)]
pub struct RecordDeviation {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// In words, without personal data.
    pub text: String,
}

/// Writes it down; answers its id.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordDeviation) -> Result<Done<DeviationId>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let subject = store::subject(&tx, &cmd.trial, &cmd.subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    let deviation = deviation(ctx, actor, &tx, (cmd.trial, cmd.subject), cmd.text);
    tx.record_new(&deviation, [events::deviation_recorded(&deviation)]).await?;
    applied(tx, deviation.id).await
}

/// A deviation with an id of its own.
pub(super) fn deviation(
    ctx: &Ctx,
    actor: &Actor,
    tx: &Tx,
    (trial, subject): (TrialId, SubjectId),
    text: String,
) -> Deviation {
    let id = ctx.ids.next().to_string().into();
    Deviation { id, trial, subject, text, by: actor.principal.clone(), at: tx.by().at }
}
