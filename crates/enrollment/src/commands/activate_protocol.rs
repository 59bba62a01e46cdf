//! Puts a version in force: refused while an assumed item is unconfirmed or the ethics approval is missing. With the
//! first version of a trial that draws from a list, the list is drawn and sealed, before there is a subject.

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use serde_json::json;

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::list::RandomizationList;
use crate::domain::randomization::Seed;
use crate::domain::trial::Version;
use crate::error::METHOD;
use crate::store::ProtocolText;
use crate::{events, trial_file};

/// Which version.
#[derive(Clone)]
pub struct ActivateProtocol {
    /// The trial.
    pub trial: TrialId,
    /// The version.
    pub version: String,
}

/// Activates it; answers the version as it stands in force.
pub async fn run(ctx: &Ctx, call: &Call, cmd: ActivateProtocol) -> Result<Version> {
    let done = activate(ctx, call, &cmd).await;
    let what = json!({ "act": "activate", "version": cmd.version });
    call.at_gate(ctx, &cmd.trial, what, done).await
}

async fn activate(ctx: &Ctx, call: &Call, cmd: &ActivateProtocol) -> Result<Version> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    call.role(&tx, &cmd.trial, None).await?;
    let changed = trial.value.clone().activate(&cmd.version, call.by.at)?;
    let version = changed.version(&cmd.version)?.clone();
    let text = tx.get::<ProtocolText>(&version.digest).await?.ok_or_else(|| {
        Error::fault(anyhow::anyhow!("the text of version {} is not stored", version.version))
    })?;
    let entry = events::protocol_activated(&cmd.trial, &version, &text, call.by.at);
    tx.record(&trial, changed, [entry]).await?;
    let protocol = ctx.protocol(&tx, &version).await?;
    seal_list(ctx, &mut tx, &cmd.trial, &protocol).await?;
    call.finish(tx, version).await
}

/// Seals the list once. A further version never rewrites it; an amendment that changes arms or blocks while a list is
/// sealed keeps drawing from the sealed one.
async fn seal_list(ctx: &Ctx, tx: &mut Tx, trial: &TrialId, protocol: &Protocol) -> Result<()> {
    if tx.get::<RandomizationList>(trial.as_str()).await?.is_some() {
        return Ok(());
    }
    let design = match trial_file::design(protocol) {
        Ok(design) => design,
        // A trial that allocates in a way not offered here can be in force; its allocations are refused.
        Err(error) if error.code() == Some(METHOD.code) => return Ok(()),
        Err(error) => return Err(error),
    };
    let list = RandomizationList::seal(trial.clone(), design, Seed::new(ctx.ids.bytes()));
    tx.record_new(&list, [events::list_sealed(&list)]).await.map(drop)
}
