//! "Recorded, NOT yet held": safety is told again until it answers, oldest first. What was recorded just before is told
//! by the recorder's own call, which waits for the answer.

use std::collections::BTreeMap;

use holdpoint_chassis::clock::Mark;
use holdpoint_chassis::error::Result;
use holdpoint_journal::{By, Tally};

use crate::NAME;
use crate::commands::tell_safety;
use crate::ctx::Ctx;
use crate::domain::notice::Notice;

/// When each open notice was first seen here, by the machine's clocks: civil time may stand still.
#[derive(Default)]
pub struct FirstSeen(BTreeMap<String, Mark>);

/// Tells each open notice once whose recorder waits no more; one that can not be told does not keep the others
/// waiting. Answers how many were told, or the first error.
pub async fn run(ctx: &Ctx, seen: &mut FirstSeen) -> Result<usize> {
    let by = By::new(NAME, ctx.civil.now());
    let open = ctx.store.find::<Notice>(&[("open", "yes")]).await?;
    seen.0.retain(|id, _| open.iter().any(|notice| notice.id == *id));
    let mut told = Tally::default();
    for notice in open {
        let first = seen.0.entry(notice.id.clone()).or_insert_with(|| ctx.machine.mark());
        if ctx.machine.since(first) >= ctx.config.tell_within() {
            told.add(tell_safety::run(ctx, &by, &notice.id).await.map(|_| true));
        }
    }
    told.told()
}
