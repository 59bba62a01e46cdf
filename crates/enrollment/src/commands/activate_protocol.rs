//! Puts a version in force: refused while an assumed item is unconfirmed or the ethics approval is missing. With the
//! first version of a trial its places begin, before there is a subject: a list is drawn and sealed, the first cohort is
//! open. A substantial amendment is due to everybody who consented before it (field.md story 34).

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use serde_json::json;

use super::flags;
use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::flag::About;
use crate::domain::ids::TrialId;
use crate::domain::places::Places;
use crate::domain::randomization::Seed;
use crate::domain::subject::{Stage, Subject};
use crate::domain::trial::{Trial, Version};
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
    tx.record(&trial, changed.clone(), [entry]).await?;
    let protocol = ctx.protocol(&tx, &version).await?;
    begin_places(ctx, &mut tx, &protocol).await?;
    ask_for_consents(&mut tx, &changed).await?;
    call.finish(tx, version).await
}

/// Begins the places once. A further version never rewrites a sealed list: an amendment that changes arms or blocks keeps
/// drawing from it. Cohorts take what a further version says of them; what is open or taken stays.
async fn begin_places(ctx: &Ctx, tx: &mut Tx, protocol: &Protocol) -> Result<()> {
    let trial = &protocol.id;
    match tx.get::<Places>(trial.as_str()).await? {
        None => {
            let seed = Seed::new(ctx.config.list_seed(|| ctx.ids.bytes()));
            let places = trial_file::begin(protocol, seed, tx.by().at)?;
            let entry = match &places {
                Places::List(list) => events::list_sealed(list),
                Places::Cohorts(_) | Places::Choices(_) => {
                    let what = json!({ "method": protocol.allocation.method.as_str() });
                    events::audit(trial, "holdpoint.enrollment.v1.audit.PlacesBegun", what)
                }
            };
            tx.record_new(&places, [entry]).await.map(drop)
        }
        Some(known) => match &known.value {
            Places::Cohorts(cohorts) => {
                let amended = cohorts.clone().amended(trial_file::groups(protocol));
                tx.update(&known, Places::Cohorts(amended)).await.map(drop)
            }
            Places::List(_) | Places::Choices(_) => Ok(()),
        },
    }
}

/// Shows whom a substantial amendment still waits for.
async fn ask_for_consents(tx: &mut Tx, trial: &Trial) -> Result<()> {
    for subject in tx.find::<Subject>(&[("trial", trial.id.as_str())]).await? {
        let out = subject.still_in_study().is_err() || matches!(subject.stage, Stage::ScreenFailed { .. });
        if out || subject.consents().is_none() {
            continue;
        }
        if let Some(due) = trial.consent_due(subject.version())? {
            let about = About::ConsentDue { version: due.version.clone() };
            flags::raise(tx, &trial.id, &subject.id, about).await?;
        }
    }
    Ok(())
}
