//! Names a laboratory that may send results, and the sites on whose subjects it may report.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::feed::Feed;
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/RegisterFeed";

/// The feed.
#[derive(Clone, Debug)]
pub struct RegisterFeed {
    /// The act.
    pub act: Act,
    /// The feed, in place of what was registered under its name before.
    pub feed: Feed,
}

/// Registers the feed. Refused: a time zone without a calendar.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RegisterFeed) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    authority::require_role(&tx, actor, RPC)?;
    let feed = cmd.feed.checked()?;
    let entry = events::feed_registered(&feed);
    match tx.get::<Feed>(feed.id.as_str()).await? {
        Some(known) => drop(tx.record(&known, feed, [entry]).await?),
        None => drop(tx.record_new(&feed, [entry]).await?),
    }
    applied(tx, ()).await
}
