//! "Recorded, NOT yet held": safety is told again until it answers, oldest first.

use holdpoint_chassis::error::Result;
use holdpoint_journal::By;

use crate::NAME;
use crate::commands::tell_safety;
use crate::ctx::Ctx;
use crate::domain::notice::Notice;

/// Tells each open notice once; one that can not be told does not keep the others waiting. Answers the first error.
pub async fn run(ctx: &Ctx) -> Result<()> {
    let by = By::new(NAME, ctx.civil.now());
    let mut outcome = Ok(());
    for notice in ctx.store.find::<Notice>(&[("open", "yes")]).await? {
        let told = tell_safety::run(ctx, &by, &notice.id).await;
        outcome = outcome.and(told.map(drop));
    }
    outcome
}
