//! Records a consent to one protocol version, with the documents signed. A further consent stands beside the first; a
//! correction stands in the place of the newest, which stays visible, and the order of all that needs a consent is
//! looked at again (field.md story 4).

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::flags;
use crate::calendar;
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::consent::Consent;
use crate::domain::fact::Recorded;
use crate::domain::flag::About;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::events;
use crate::store::subject_key;

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
    /// The newest was entered wrongly; this stands in its place.
    pub corrects: bool,
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
        corrected: false,
    };
    let changed = if cmd.corrects {
        call.reason()?;
        subject.value.clone().correct_consent(consent.clone())?
    } else {
        subject.value.clone().consent(consent.clone())?
    };
    let entry = events::consent_recorded(&changed, &consent, &version, cmd.corrects)
        .private(json!({ "documents": consent.documents }));
    tx.record(&subject, changed.clone(), [entry]).await?;
    look_at_the_order(&mut tx, &changed, &zone).await?;
    look_at_what_is_due(&mut tx, &trial, &changed).await?;
    call.finish(tx, ()).await
}

/// By the consents that stand, does a trial procedure or an allocation lie before the first? People are told of it: what
/// was done is not undone.
async fn look_at_the_order(tx: &mut Tx, subject: &Subject, zone: &TimeZone) -> Result<()> {
    let key = subject_key(&subject.trial, &subject.id);
    let facts = tx.find::<Recorded>(&[("subject", &key)]).await?;
    let procedures = facts.iter().filter(|fact| fact.trial_procedure).map(|fact| fact.taken_at);
    let allocations = subject.allocations().map(|shown| shown.at);
    let mut days = procedures.chain(allocations).map(|at| calendar::day(at, zone));
    if days.any(|day| subject.may_be_examined_for_the_trial(day).is_err()) {
        return flags::raise(tx, &subject.trial, &subject.id, About::OrderOfConsent).await;
    }
    flags::clear(tx, &subject.trial, &subject.id, &About::OrderOfConsent).await
}

/// A consent to the version in force, or to one after it, is what an amendment waited for.
async fn look_at_what_is_due(tx: &mut Tx, trial: &Trial, subject: &Subject) -> Result<()> {
    let due = trial.consent_due(subject.version())?.map(|due| due.version.clone());
    let over = |about: &About| match about {
        About::ConsentDue { version } => due.as_ref() != Some(version),
        _ => false,
    };
    flags::clear_where(tx, &subject_key(&subject.trial, &subject.id), over).await
}
