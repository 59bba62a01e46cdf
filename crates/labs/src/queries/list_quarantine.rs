//! What waits for a person, or waited: of a trial, and of feeds that report on it while nobody knows whose it is.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::feed::Feed;
use crate::domain::ids::TrialId;
use crate::domain::quarantine::{Quarantined, State};
use crate::store::NO_TRIAL;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/ListQuarantine";

/// Which page.
#[derive(Clone, Debug)]
pub struct ListQuarantine {
    /// The trial.
    pub trial: TrialId,
    /// Also what was decided.
    pub include_resolved: bool,
    /// `next` of the page before; 0 for the first.
    pub after: i64,
    /// At most so many.
    pub size: u32,
}

/// A page and where the next begins.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What waits.
    pub quarantined: Vec<Quarantined>,
    /// `after` of the next page; none at the end.
    pub next: Option<i64>,
}

/// Reads a page, in the order in which they came.
pub async fn run(ctx: &Ctx, actor: &Actor, query: ListQuarantine) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    authority::require(&tx, actor, RPC, &query.trial, None).await?;
    tx.rollback().await?;
    let mut rows = vec![];
    for trial in [query.trial.as_str(), NO_TRIAL] {
        let mut keys = vec![("trial", trial)];
        keys.extend((!query.include_resolved).then_some(("state", State::Waiting.as_str())));
        rows.extend(ctx.store.page::<Quarantined>(&keys, query.after, query.size).await?);
    }
    rows.sort_by_key(|row| row.order);
    let size = usize::try_from(query.size).unwrap_or(usize::MAX);
    let next = rows.get(size.saturating_sub(1)).map(|last| last.order);
    rows.truncate(size);
    let feeds: Vec<String> = rows.iter().map(|row| row.feed.to_string()).collect();
    let feeds = ctx.store.get_all::<Feed>(&feeds).await?;
    let ours = |row: &Quarantined| {
        row.trial.is_some() || feeds.get(row.feed.as_str()).is_some_and(|feed| feed.serves(&query.trial))
    };
    let quarantined = rows.into_iter().map(|row| row.value).filter(ours).collect();
    Ok(Listed { quarantined, next })
}
