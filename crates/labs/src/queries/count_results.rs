//! How many analytes arrived for a trial and what became of each when it arrived. Those whose subject nobody knew count for
//! every trial that their feed may report on.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::feed::Feed;
use crate::domain::ids::TrialId;
use crate::domain::tally::Tally;
use crate::store::NO_TRIAL;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/CountResults";

/// Counts.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId) -> Result<Tally> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    authority::require(&tx, actor, RPC, &trial, None).await?;
    let named = tx.find::<Tally>(&[("trial", trial.as_str())]).await?;
    let nameless = tx.find::<Tally>(&[("trial", NO_TRIAL)]).await?;
    let feeds: Vec<String> = nameless.iter().map(|tally| tally.feed.to_string()).collect();
    let feeds: BTreeMap<String, _> = tx.get_all::<Feed>(&feeds).await?;
    tx.rollback().await?;
    let serves = |tally: &Tally| feeds.get(tally.feed.as_str()).is_some_and(|feed| feed.serves(&trial));
    let mut sum = Tally::none(String::new().into(), Some(trial.clone()));
    for tally in named.iter().chain(nameless.iter().filter(|tally| serves(tally))) {
        sum.add(tally);
    }
    Ok(sum)
}
