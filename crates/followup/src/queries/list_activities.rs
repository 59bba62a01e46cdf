//! Activities that were recorded for a subject, page by page in the order of their records.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::performed::Performed;
use crate::store::{self, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/ListActivities";

/// Which page of whose activities.
#[derive(Clone, Debug)]
pub struct ListActivities {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// `next` of the page before; 0 for the first.
    pub after: i64,
    /// At most so many.
    pub size: u32,
}

/// A page and where the next begins.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The records, withdrawals among them.
    pub performed: Vec<Performed>,
    /// `after` of the next page; none at the end.
    pub next: Option<i64>,
}

/// Reads a page.
pub async fn run(ctx: &Ctx, actor: &Actor, query: ListActivities) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let subject = store::subject(&tx, &query.trial, &query.subject).await?;
    authority::require(&tx, actor, RPC, &query.trial, subject.site.as_deref()).await?;
    tx.rollback().await?;
    let key = within(&query.trial, query.subject.as_str());
    let page = ctx.store.page::<Performed>(&[("subject", &key)], query.after, query.size).await?;
    let full = page.len() == usize::try_from(query.size).unwrap_or(usize::MAX);
    let next = page.last().map(|last| last.order).filter(|_| full);
    Ok(Listed { performed: page.into_iter().map(|one| one.value).collect(), next })
}
