//! Pharmacy releases a lot for one trial's product: the product's attestation is signed, and `accept` must be true of
//! the lot's facts; unknown refuses (Protocol 5.1; protocols README, sentence 16).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{LotId, TrialId};
use crate::domain::lot::Release;
use crate::domain::prescription;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/ReleaseLot";

/// What is released for which trial.
#[derive(Clone, Debug)]
pub struct ReleaseLot {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The lot.
    pub lot: LotId,
    /// Reference of the certificate or report.
    pub certificate: String,
}

/// Releases. Refused: unknown lot, another product, not accepted, expired, in quarantine, of another trial.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: ReleaseLot) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, None).await?;
    let lot = store::lot(&tx, cmd.lot.as_str()).await?;
    let protocol = ctx.protocols.in_force(&tx, &cmd.trial).await?;
    prescription::accepts(&protocol, &lot)?;
    let release = Release {
        certificate: cmd.certificate.clone(),
        by: actor.principal.clone(),
        at: by.at,
        protocol: protocol.digest.to_string(),
    };
    let released = lot.value.clone().release(cmd.trial.clone(), release)?;
    let entry = events::lot_released(&released, &cmd.trial, &cmd.certificate);
    tx.record(&lot, released, [entry]).await?;
    applied(tx, ()).await
}
