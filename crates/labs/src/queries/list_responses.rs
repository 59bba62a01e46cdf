//! The response categories of every randomized subject of a trial, assessed as of this moment.

use std::sync::Arc;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::commands::deriving::Scene;
use crate::ctx::Ctx;
use crate::domain::course::ResponseTold;
use crate::domain::derivation;
use crate::domain::identity::Whose;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::watched::Watched;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/ListResponses";

/// Which page.
#[derive(Clone, Debug)]
pub struct ListResponses {
    /// The trial.
    pub trial: TrialId,
    /// `next` of the page before; 0 for the first.
    pub after: i64,
    /// Subjects looked at.
    pub size: u32,
}

/// One response of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    /// The subject.
    pub subject: SubjectId,
    /// Its arm; none where the trial keeps the caller's role from knowing it.
    pub arm: Option<String>,
    /// The response block.
    pub response: String,
    /// How it stands.
    pub told: ResponseTold,
}

/// A page and where the next begins.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The responses.
    pub responses: Vec<Assessed>,
    /// `after` of the next page; none at the end.
    pub next: Option<i64>,
}

/// Assesses a page of subjects.
pub async fn run(ctx: &Ctx, actor: &Actor, query: ListResponses) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let role = authority::require(&tx, actor, RPC, &query.trial, None).await?;
    tx.rollback().await?;
    let page = ctx.store.page::<Subject>(&[("trial", query.trial.as_str())], query.after, query.size).await?;
    let full = page.len() == usize::try_from(query.size).unwrap_or(usize::MAX);
    let next = page.last().map(|last| last.order).filter(|_| full);
    let mut responses = vec![];
    for subject in page {
        let Some(allocation) = subject.allocation.clone() else { continue };
        let whose: Whose = subject.whose.clone();
        let Some((watched, told)) = assess(ctx, subject.value).await? else { continue };
        let open = !watched.protocol.allocation.is_blind(role.as_str());
        for (response, told) in told {
            let (subject, arm) = (whose.subject.clone(), open.then(|| allocation.arm.clone()));
            responses.push(Assessed { subject, arm, response, told });
        }
    }
    Ok(Listed { responses, next })
}

/// The responses by their blocks, with the version that asks for them; none while it is not known here.
async fn assess(ctx: &Ctx, subject: Subject) -> Result<Option<(Arc<Watched>, Vec<(String, ResponseTold)>)>> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let course = store::course(&tx, &subject.whose).await?;
    let scene = Scene::read(ctx, &tx, subject).await?;
    tx.rollback().await?;
    let Some(watched) = scene.watched else { return Ok(None) };
    let derived = derivation::derive(&watched, &scene.subject, &course, &scene.zone, ctx.now());
    Ok(Some((watched, derived.responses.into_iter().collect())))
}
