//! The subjects of a trial, a page at a time: those of the sites where the caller has a part.

use std::collections::BTreeSet;

use holdpoint_chassis::error::{Error, Result};

use super::Page;
use super::get_subject::{Found, with_all};
use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::{SiteId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::UNKNOWN_TRIAL;

/// A page of subjects.
pub struct Listed {
    /// Each with its milestones.
    pub subjects: Vec<Found>,
    /// Where the next page begins, if there is one.
    pub next: Option<i64>,
}

/// Answers it.
pub async fn run(ctx: &Ctx, call: &Call, trial: &TrialId, page: Page) -> Result<Listed> {
    let found = ctx
        .store
        .get::<Trial>(trial.as_str())
        .await?
        .ok_or_else(|| Error::from(UNKNOWN_TRIAL.refuse(format!("trial {trial} is not registered"))))?;
    let sites: BTreeSet<SiteId> = call.part_in(ctx, &found).await?;
    let rows = ctx.store.page::<Subject>(&[("trial", trial.as_str())], page.after, page.size).await?;
    let full = rows.len() == page.size as usize;
    let next = rows.last().filter(|_| full).map(|row| row.order);
    let mut subjects = vec![];
    for row in rows.into_iter().filter(|row| sites.contains(&row.site)) {
        let role = call.may_read(ctx, trial, Some(&row.site)).await?;
        subjects.push(with_all(ctx, call, &found, row.value, role).await?);
    }
    Ok(Listed { subjects, next })
}
