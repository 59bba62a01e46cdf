//! What follows from one subject's counts, as of this moment.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::commands::deriving::Scene;
use crate::ctx::Ctx;
use crate::domain::derivation::{self, Derived};
use crate::domain::identity::Whose;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/GetDerived";

/// Derives.
pub async fn run(ctx: &Ctx, actor: &Actor, whose: Whose) -> Result<Derived> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let subject = store::subject(&tx, &whose).await?;
    authority::require(&tx, actor, RPC, &whose.trial, subject.site.as_deref()).await?;
    let course = store::course(&tx, &whose).await?;
    let scene = Scene::read(ctx, &tx, subject.value).await?;
    tx.rollback().await?;
    let derive = |watched| derivation::derive(watched, &scene.subject, &course, &scene.zone, ctx.now());
    Ok(scene.watched.as_deref().map(derive).unwrap_or_default())
}
