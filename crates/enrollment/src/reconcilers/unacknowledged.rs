//! A permit was claimed and nobody acknowledged the allocation: reported once, for people to look after. Nothing is
//! decided and nothing voided here; only a person's statement does (holds.md steps 4 and 5).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{By, Tally};
use serde_json::json;

use crate::NAME;
use crate::call::chain;
use crate::ctx::Ctx;
use crate::domain::subject::Subject;
use crate::events;
use crate::store::{Overdue, subject_key};

/// Reports each that came due; one that can not be reported does not keep the others waiting. Answers how many were, or the
/// first error.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let by = By::new(NAME, ctx.civil.now());
    let mut reported = Tally::default();
    for subject in ctx.store.find::<Subject>(&[("awaited", "yes")]).await? {
        reported.add(report(ctx, &by, &subject).await);
    }
    reported.told()
}

async fn report(ctx: &Ctx, by: &By, subject: &Subject) -> Result<bool> {
    let Some((permit, since)) = subject.starting() else { return Ok(false) };
    let waited = by.at.duration_since(since);
    let due = waited.unsigned_abs() >= ctx.config.unacknowledged_after() && waited.is_positive();
    if !due || ctx.store.get::<Overdue>(permit.as_str()).await?.is_some() {
        return Ok(false);
    }
    let mut tx = ctx.store.begin(by).await?;
    tx.lock(&chain(&subject.trial)).await?;
    let what = json!({ "subject": subject.id, "permit": permit, "since": since.to_string() });
    let entry = events::audit(&subject.trial, "holdpoint.enrollment.v1.audit.AllocationUnacknowledged", what);
    let of = subject_key(&subject.trial, &subject.id);
    tx.record_new(&Overdue { permit: permit.clone(), subject: of }, [entry]).await?;
    tx.commit().await?;
    let (trial, subject) = (&subject.trial, &subject.id);
    tracing::error!(%trial, %subject, %permit, "an allocation was not acknowledged: ask whether it was heard");
    Ok(true)
}
