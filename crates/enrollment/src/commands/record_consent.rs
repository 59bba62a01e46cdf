//! Records a consent to one protocol version, with the documents signed. A further consent stands beside the first.

use holdpoint_chassis::error::Result;
use jiff::civil::Date;
use serde_json::json;

use crate::calendar;
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::consent::Consent;
use crate::domain::ids::{SubjectId, TrialId};
use crate::events;

/// Whose consent to what.
#[derive(Clone)]
pub struct RecordConsent {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Civil date at the site.
    pub date: Date,
    /// The version; none is the one in force.
    pub version: Option<String>,
    /// The documents signed.
    pub documents: Vec<String>,
}

/// Records it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RecordConsent) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    let version = match &cmd.version {
        Some(version) => trial.version(version)?.clone(),
        None => trial.active()?.clone(),
    };
    if !version.was_in_force() {
        return Err(Refusal::NeverInForce { version: version.version }.into());
    }
    let zone = calendar::zone(&trial, &subject.site)?;
    calendar::not_ahead("date", cmd.date, call.by.at, &zone)?;
    let consent = Consent {
        date: cmd.date,
        version: version.version.clone(),
        documents: cmd.documents,
        recorded_at: call.by.at,
    };
    let changed = subject.value.clone().consent(consent.clone())?;
    let entry = events::consent_recorded(&changed, &consent, &version)
        .private(json!({ "documents": consent.documents }));
    tx.record(&subject, changed, [entry]).await?;
    call.finish(tx, ()).await
}
