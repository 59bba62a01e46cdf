//! The infusions of a trial or of one subject, page by page in the order they were planned.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::{Open, Shown, frozen_by};
use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::treatment::Treatment;
use crate::store::{self, RefusedStarts, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/ListInfusions";

/// Which page of which infusions.
#[derive(Clone, Debug)]
pub struct ListInfusions {
    /// The trial.
    pub trial: TrialId,
    /// None: the whole trial.
    pub subject: Option<SubjectId>,
    /// `next` of the page before; 0 for the first.
    pub after: i64,
    /// At most so many.
    pub size: u32,
}

/// A page and where the next begins.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The infusions.
    pub infusions: Vec<Shown>,
    /// `after` of the next page; none at the end.
    pub next: Option<i64>,
}

/// Reads a page.
pub async fn run(ctx: &Ctx, actor: &Actor, query: ListInfusions) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let site = match &query.subject {
        Some(subject) => store::subject(&tx, &query.trial, subject).await?.site.clone(),
        None => None,
    };
    let role = authority::require(&tx, actor, RPC, &query.trial, site.as_deref()).await?;
    let open = Open::to(ctx, &tx, &query.trial, role).await?;
    let holds = store::standing_holds(&tx, &query.trial).await?;
    let refused: BTreeMap<InfusionId, u32> = tx
        .find::<RefusedStarts>(&[("trial", query.trial.as_str())])
        .await?
        .into_iter()
        .map(|refused| (refused.value.infusion, refused.value.by_hold))
        .collect();
    tx.rollback().await?;
    let subject_key = query.subject.as_ref().map(|subject| within(&query.trial, subject.as_str()));
    let key = match &subject_key {
        Some(key) => ("subject", key.as_str()),
        None => ("trial", query.trial.as_str()),
    };
    let page = ctx.store.page::<Treatment>(&[key], query.after, query.size).await?;
    let full = page.len() == usize::try_from(query.size).unwrap_or(usize::MAX);
    let next = page.last().map(|last| last.order).filter(|_| full);
    let mut around: BTreeMap<SubjectId, (Subject, Vec<Treatment>)> = BTreeMap::new();
    let mut infusions = vec![];
    for one in page {
        let subject = one.key().subject.clone();
        if !around.contains_key(&subject) {
            around.insert(subject.clone(), of_subject(ctx, &query.trial, &subject).await?);
        }
        let Some((known, all)) = around.get(&subject) else { continue };
        let frozen_by = frozen_by(&holds, &known.placement(), all, &one.value);
        let refused_by_hold = refused.get(&one.key().id).copied().unwrap_or_default();
        let sealed = open.seals(known);
        infusions.push(Shown { treatment: one.value, frozen_by, refused_by_hold, sealed });
    }
    Ok(Listed { infusions, next })
}

async fn of_subject(ctx: &Ctx, trial: &TrialId, subject: &SubjectId) -> Result<(Subject, Vec<Treatment>)> {
    let id = within(trial, subject.as_str());
    let known = ctx.store.get::<Subject>(&id).await?.map(|subject| subject.value);
    let known = known.unwrap_or_else(|| Subject::unknown(trial.clone(), subject.clone()));
    let all = ctx.store.find::<Treatment>(&[("subject", &id)]).await?;
    Ok((known, all.into_iter().map(|one| one.value).collect()))
}
