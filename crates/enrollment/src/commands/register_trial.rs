//! Registers a trial by its file, or a further version of it. Nothing is in force yet.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::ids::random_bytes;
use holdpoint_journal::{Stored, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{Call, chain};
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::person::PersonKey;
use crate::domain::trial::{Trial, Version};
use crate::store::{ProtocolText, TrialKey};
use crate::{events, trial_file};

/// What to register.
#[derive(Clone)]
pub struct RegisterTrial {
    /// Text of the trial file.
    pub trial_file: String,
    /// Name to text of each dictionary.
    pub dictionaries: BTreeMap<String, String>,
}

/// What was registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registered {
    /// The trial.
    pub trial: TrialId,
    /// Its version, with what is assumed in it.
    pub version: Version,
}

/// Registers it. Refused where the file has findings, and where the version is known with other content.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RegisterTrial) -> Result<Registered> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let protocol = trial_file::load(&cmd.trial_file, &cmd.dictionaries)?;
    let (id, title) = (protocol.id.clone(), protocol.title.clone());
    let version = trial_file::version(&protocol);
    let mut tx = ctx.store.begin(&call.by).await?;
    tx.lock(&chain(&id)).await?;
    call.role(&tx, &id, None).await?;
    let what = json!({ "version": version.version, "digest": version.digest });
    let entry = events::audit(&id, "holdpoint.enrollment.v1.audit.TrialRegistered", what);
    match tx.get::<Trial>(id.as_str()).await? {
        Some(known) => {
            let trial = known.value.clone().add_version(title, version.clone())?;
            tx.record(&known, trial, [entry]).await?;
        }
        None => {
            first_version(&mut tx, &id, Trial::registered(id.clone(), title, version.clone()), entry).await?
        }
    }
    keep_text(&mut tx, &version, cmd).await?;
    call.finish(tx, Registered { trial: id, version }).await
}

async fn first_version(
    tx: &mut Tx,
    id: &TrialId,
    trial: Trial,
    entry: holdpoint_journal::Entry,
) -> Result<()> {
    tx.record_new(&trial, [entry]).await?;
    let key = TrialKey { trial: id.clone(), key: PersonKey::new(random_bytes()) };
    tx.insert(&key).await.map(drop)
}

async fn keep_text(tx: &mut Tx, version: &Version, cmd: RegisterTrial) -> Result<()> {
    let known: Option<Stored<ProtocolText>> = tx.get(&version.digest).await?;
    if known.is_none() {
        let RegisterTrial { trial_file, dictionaries } = cmd;
        let text = ProtocolText { digest: version.digest.clone(), trial_file, dictionaries };
        tx.insert(&text).await?;
    }
    Ok(())
}
