//! What people must look at in a trial, a page at a time: of the sites where the caller has a part.

use holdpoint_chassis::error::{Error, Result};

use super::Page;
use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::flag::Flag;
use crate::domain::ids::TrialId;
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::UNKNOWN_TRIAL;
use crate::store::subject_key;

/// A page of flags.
pub struct Listed {
    /// In the order in which they were first raised.
    pub flags: Vec<Flag>,
    /// Where the next page begins, if there is one.
    pub next: Option<i64>,
}

/// Answers it; those that are over only where they are asked for.
pub async fn run(ctx: &Ctx, call: &Call, trial: &TrialId, cleared_too: bool, page: Page) -> Result<Listed> {
    let found = ctx
        .store
        .get::<Trial>(trial.as_str())
        .await?
        .ok_or_else(|| Error::from(UNKNOWN_TRIAL.refuse(format!("trial {trial} is not registered"))))?;
    let sites = call.part_in(ctx, &found).await?;
    let mut keys = vec![("trial", trial.as_str())];
    if !cleared_too {
        keys.push(("stands", "yes"));
    }
    let rows = ctx.store.page::<Flag>(&keys, page.after, page.size).await?;
    let full = rows.len() == page.size as usize;
    let next = rows.last().filter(|_| full).map(|row| row.order);
    let mut flags = vec![];
    for row in rows {
        let subject = ctx.store.get::<Subject>(&subject_key(trial, &row.subject)).await?;
        if subject.is_some_and(|subject| sites.contains(&subject.site)) {
            flags.push(row.value);
        }
    }
    Ok(Listed { flags, next })
}
