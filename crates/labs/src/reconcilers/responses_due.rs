//! A response is fixed on its day also when no count comes on it: "no response" is a matter of time alone (protocols
//! README, sentence 37). By civil time.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::server::with_retries;

use crate::commands::deriving::rederive;
use crate::ctx::Ctx;
use crate::domain::identity::Whose;
use crate::store::Assessment;

/// Looks once; answers how many subjects' day had come. One that fails keeps no other from its turn: the first error is
/// told when all had theirs.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let now = ctx.now();
    let waiting = ctx.store.find::<Assessment>(&[("state", Assessment::WAITING)]).await?;
    let due = waiting.iter().filter(|assessment| assessment.due.is_some_and(|due| due <= now));
    let (mut done, mut failed) = (0, None);
    for assessment in due {
        match with_retries(|| assess(ctx, &assessment.whose)).await {
            Ok(()) => done += 1,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(done), Err)
}

async fn assess(ctx: &Ctx, whose: &Whose) -> Result<()> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    rederive(ctx, &mut tx, whose).await?;
    tx.commit().await.map(drop)
}
