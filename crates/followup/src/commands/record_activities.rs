//! A person records a day's work at once: activities of one trial, of one or many subjects, in one commit. Each is judged
//! as if it came alone after those before it; where one is refused, nothing is written.

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Actor;

use super::recording::{ActivityRecord, Recorded, Recording};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::TrialId;

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/RecordActivities";

/// What was done.
#[derive(Clone, Debug)]
pub struct RecordActivities {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The activities, in the order in which they are judged.
    pub records: Vec<ActivityRecord>,
}

/// Records all of them, or none. Refused: what [`super::record_activity::run`] refuses of any of them, with its place.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordActivities) -> Result<Done<Vec<Recorded>>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let tx = ctx.store.begin(&by).await?;
    let mut recording = Recording::begin(ctx, tx, (actor, RPC), cmd.trial, &cmd.records).await?;
    let mut recorded = Vec::with_capacity(cmd.records.len());
    for (place, record) in cmd.records.into_iter().enumerate() {
        recorded.push(recording.take(record).await.map_err(|cause| placed(cause, place))?);
    }
    applied(recording.write().await?, recorded).await
}

/// A refusal of one of many says of which.
fn placed(cause: Error, place: usize) -> Error {
    let Error::Refused(mut refused) = cause else { return cause };
    refused.message = format!("activities[{place}]: {}", refused.message);
    for violation in &mut refused.fields {
        violation.field = format!("activities[{place}].{}", violation.field);
    }
    refused.into()
}
