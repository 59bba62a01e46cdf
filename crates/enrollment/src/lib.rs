//! Enrollment owns trials and their protocol versions, sites, people and their delegated roles, subjects, consent,
//! eligibility, places on lists and in cohorts, milestones and discontinuation. It follows safety (holds, measures,
//! cohorts), dosing (doses, transfusions, drug levels), labs (results, events found) and followup (activities). Invariants, as absences: no allocation
//! without a permit of safety claimed in its life; no place drawn twice, or taken back; no arm told before it was
//! shown and acknowledged; no personal data outside of the private part.

mod calendar;
mod call;
mod chart;
mod commands;
mod config;
mod ctx;
pub mod domain;
mod eligibility;
mod error;
mod events;
mod gate;
mod grpc;
mod queries;
mod reactions;
mod reconcilers;
mod store;
mod trial_file;

use std::collections::BTreeSet;
use std::sync::Arc;

use holdpoint_api::enrollment::v1::enrollment_server::EnrollmentServer;
use holdpoint_journal::host::{Deps, Hosted, Task};
use holdpoint_journal::{Follower, FollowerParts, JournalService, Patience, Peer, Relay, Watch};
use tokio::sync::Semaphore;
use tonic::service::Routes;

pub use config::EnrollmentSettings;
pub use error::ERRORS;
pub use store::{subject_key, tables};

use crate::ctx::{Ctx, Protocols};
use crate::gate::{Gate, SAFETY};
use crate::grpc::EnrollmentService;
use crate::reactions::Reactions;

/// The service's name.
pub const NAME: &str = "enrollment";

/// How many allocations one copy of the service judges at once.
const ALLOCATIONS_AT_ONCE: usize = 4;

/// Dosing's name.
const DOSING: &str = "dosing";
/// Labs' name.
const LABS: &str = "labs";
/// Followup's name.
const FOLLOWUP: &str = "followup";

/// Builds the service: what it serves, and what it does by itself.
pub async fn build(deps: Deps) -> anyhow::Result<Hosted> {
    let hears: BTreeSet<&'static str> =
        [LABS, FOLLOWUP].into_iter().filter(|name| deps.peers.names().any(|peer| peer == *name)).collect();
    let gate = Gate::new(deps.peers.channel(SAFETY)?, deps.store.clone());
    let ctx = Ctx {
        store: deps.store.clone(),
        civil: deps.civil.clone(),
        machine: deps.machine.clone(),
        ids: deps.ids.clone(),
        gate,
        config: deps.settings.section(),
        protocols: Protocols::default(),
        allocations: Arc::new(Semaphore::new(ALLOCATIONS_AT_ONCE)),
        hears: Arc::new(hears),
    };
    let watch: Arc<dyn Watch> = Arc::new(ctx.rollbacks());
    let mut routes = Routes::builder();
    routes.add_service(EnrollmentServer::new(EnrollmentService::new(ctx.clone())));
    routes.add_service(JournalService::server(deps.store.clone(), watch.clone(), deps.civil.clone()));
    let safety = follower(&ctx, &deps, &watch, SAFETY)?;
    let mut tasks: Vec<Task> = vec![relay(&deps), reconcilers(&ctx, &deps, safety.clone())];
    tasks.push(following(&deps, safety));
    for source in std::iter::once(DOSING).chain(ctx.hears.iter().copied()) {
        tasks.push(following(&deps, follower(&ctx, &deps, &watch, source)?));
    }
    Ok(Hosted { name: NAME, routes: routes.routes(), tasks })
}

fn relay(deps: &Deps) -> Task {
    let relay = Relay::new(deps.store.clone(), deps.bus.clone(), deps.machine.clone());
    let shutdown = deps.shutdown.clone();
    (
        "enrollment relay",
        Box::pin(async move {
            relay.run(shutdown).await;
            Ok(())
        }),
    )
}

fn reconcilers(ctx: &Ctx, deps: &Deps, safety: Follower) -> Task {
    let (ctx, shutdown) = (ctx.clone(), deps.shutdown.clone());
    (
        "enrollment reconcilers",
        Box::pin(async move {
            reconcilers::run(ctx, safety, shutdown).await;
            Ok(())
        }),
    )
}

fn follower(
    ctx: &Ctx,
    deps: &Deps,
    watch: &Arc<dyn Watch>,
    source: &'static str,
) -> anyhow::Result<Follower> {
    Ok(Follower::new(FollowerParts {
        store: deps.store.clone(),
        peer: Peer::new(source, deps.peers.channel(source)?),
        bus: deps.bus.clone(),
        reactor: Arc::new(Reactions::new(ctx.clone())),
        watch: watch.clone(),
        civil: deps.civil.clone(),
        patience: Patience::default(),
    }))
}

fn following(deps: &Deps, follower: Follower) -> Task {
    let shutdown = deps.shutdown.clone();
    (
        "enrollment follower",
        Box::pin(async move {
            follower.run(shutdown).await;
            Ok(())
        }),
    )
}
