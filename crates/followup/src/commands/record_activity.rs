//! A person records that an activity was done, with its facts outside the laboratory; or corrects or withdraws such a
//! record. It satisfies every line that asks for the activity on that day (semantics 33).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::recording::{ActivityRecord, Recorded, Recording};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::TrialId;

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/RecordActivity";

/// What was done, or what is taken back.
#[derive(Clone, Debug)]
pub struct RecordActivity {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The activity with its facts.
    pub record: ActivityRecord,
}

/// Records. Refused: an unknown activity, a day ahead, a fact that is not a person's to record, a record of another
/// subject, activity or source, one that was replaced before.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordActivity) -> Result<Done<Recorded>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let tx = ctx.store.begin(&by).await?;
    let alone = std::slice::from_ref(&cmd.record);
    let mut recording = Recording::begin(ctx, tx, (actor, RPC), cmd.trial, alone).await?;
    let recorded = recording.take(cmd.record).await?;
    applied(recording.write().await?, recorded).await
}
