//! How the feeds do that may report on a trial: what each was answered, how late it comes, and whether it is silent against
//! its own past.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::feed::Feed;
use crate::domain::ids::TrialId;
use crate::domain::pulse::Pulse;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/GetFeedHealth";

/// Every feed with its pulse, in the order in which they were registered.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId) -> Result<Vec<(Feed, Pulse)>> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    authority::require(&tx, actor, RPC, &trial, None).await?;
    let feeds = tx.find::<Feed>(&[]).await?;
    let feeds: Vec<Feed> =
        feeds.into_iter().map(|feed| feed.value).filter(|feed| feed.serves(&trial)).collect();
    let ids: Vec<String> = feeds.iter().map(|feed| feed.id.to_string()).collect();
    let mut pulses = tx.get_all::<Pulse>(&ids).await?;
    tx.rollback().await?;
    let with_pulse = |feed: Feed| {
        let pulse = pulses.remove(feed.id.as_str()).map(|pulse| pulse.value);
        let pulse = pulse.unwrap_or_else(|| Pulse::none(feed.id.clone()));
        (feed, pulse)
    };
    Ok(feeds.into_iter().map(with_pulse).collect())
}
