//! The end of an infusion, complete or stopped early, with the cells given. What differs from the order says why
//! (protocols README, sentence 16; a partial dose is a dose).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::Entry;

use super::at_bedside;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{InfusionId, TrialId};
use crate::domain::infusion::Ending;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/CompleteInfusion";

/// How which infusion ended.
#[derive(Clone, Debug)]
pub struct CompleteInfusion {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// How it ended.
    pub ending: Ending,
}

/// Started -> Completed.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: CompleteInfusion) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let bedside = at_bedside(&tx, actor, RPC, (&cmd.trial, &cmd.infusion), "complete").await?;
    let mut completed = bedside.infusion.complete(cmd.ending.clone(), by.at)?;
    let lot = store::lot(&tx, completed.order.lot.as_str()).await?;
    let really = lot.really(&cmd.infusion, cmd.ending.cells, completed.order.cells);
    let given = lot.value.clone().given(&cmd.infusion, really);
    let mut entries: Vec<Entry> = completed
        .claimed()
        .map(|claim| events::completed(&completed.key, claim, &cmd.ending))
        .into_iter()
        .collect();
    // Its lot was corrected while it ran.
    if let Some(recount) = completed.recount.clone() {
        completed = completed.recounted(|_| really, recount.not_accepted);
        let recount = completed.recount.iter();
        entries.extend(recount.map(|recount| events::dose_recounted(&completed.key, &lot.id, recount)));
    }
    tx.record(&lot, given, []).await?;
    tx.record(&bedside.treatment, bedside.treatment.with(completed), entries).await?;
    applied(tx, ()).await
}
