//! "Recorded, NOT yet held": safety is told again until it answers, oldest first.

use holdpoint_chassis::error::Result;
use holdpoint_journal::By;

use crate::NAME;
use crate::commands::tell_safety;
use crate::ctx::Ctx;
use crate::domain::notice::Notice;

/// Tells each open notice once; one that safety cannot answer does not keep the others waiting.
pub async fn run(ctx: &Ctx) -> Result<()> {
    let by = By::new(NAME, ctx.civil.now());
    for notice in ctx.store.find::<Notice>(&[("open", "yes")]).await? {
        tell_safety::run(ctx, &by, &notice.id).await?;
    }
    Ok(())
}
