//! Laboratory findings that a person must judge, or has judged, in the order in which they were proposed.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::{Page, Reader};
use crate::ctx::Ctx;
use crate::domain::candidate::Candidate;
use crate::store::YES;

/// A page of them.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// The findings.
    pub candidates: Vec<Candidate>,
    /// Where the next page begins; none at the end.
    pub next: Option<i64>,
}

/// Lists a page.
pub async fn list(ctx: &Ctx, reader: &Reader, page: &Page, open_only: bool) -> Result<Candidates> {
    reader.of(ctx, &page.trial).await?;
    let mut filter = vec![("trial", page.trial.as_str())];
    if open_only {
        filter.push(("open", YES));
    }
    let found: Vec<Stored<Candidate>> = ctx.store.page(&filter, page.after, page.size).await?;
    Ok(Candidates {
        next: page.next(&found),
        candidates: found.into_iter().map(|stored| stored.value).collect(),
    })
}
