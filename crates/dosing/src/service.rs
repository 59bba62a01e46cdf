//! Puts dosing together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use holdpoint_api::dosing::v1::dosing_server::DosingServer;
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{Follower, JournalService, Relay, Rollbacks, Watch, every};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::config::DosingSettings;
use crate::ctx::Ctx;
use crate::gate::Gate;
use crate::grpc::DosingService;
use crate::protocols::Protocols;
use crate::reactions::Reactions;
use crate::reconcilers::{unclaimed, unconfirmed};
use crate::{ENROLLMENT, FOLLOWUP, LABS, NAME, SAFETY};

/// Dosing, put together and not yet running.
pub struct Service {
    /// What every command is given.
    pub ctx: Ctx,
    /// Reads safety's journal.
    pub safety: Follower,
    /// Reads enrollment's journal.
    pub enrollment: Follower,
    /// Reads the journals of labs and followup, of those that the process knows: a start depends on neither.
    pub others: Vec<Follower>,
    /// Publishes dosing's own.
    pub relay: Relay,
    watch: Arc<dyn Watch>,
    shutdown: CancellationToken,
}

/// Builds dosing for the process that hosts it.
pub async fn build(deps: Deps) -> anyhow::Result<Hosted> {
    Ok(assemble(deps)?.hosted())
}

/// Puts the parts together. Nothing runs yet.
pub fn assemble(deps: Deps) -> anyhow::Result<Service> {
    let settings: DosingSettings = deps.settings.section();
    let ctx = Ctx {
        gate: Gate::new(deps.peers.channel(SAFETY)?, settings.ask_deadline()),
        store: deps.store.clone(),
        civil: deps.civil.clone(),
        machine: deps.machine.clone(),
        ids: deps.ids.clone(),
        protocols: Protocols::default(),
        settings,
    };
    let watch: Arc<dyn Watch> = Arc::new(Rollbacks::new(deps.store.clone(), deps.civil.clone(), &[SAFETY]));
    let follow = |source: &str| {
        anyhow::Ok(deps.follow(deps.peers.journal(source)?, Reactions::new(ctx.clone()), &watch))
    };
    let (safety, enrollment) = (follow(SAFETY)?, follow(ENROLLMENT)?);
    let known = [LABS, FOLLOWUP].into_iter().filter(|name| deps.peers.knows(name));
    let others = known.map(follow).collect::<anyhow::Result<Vec<_>>>()?;
    let relay = deps.relay();
    Ok(Service { ctx, safety, enrollment, others, relay, watch, shutdown: deps.shutdown })
}

impl Service {
    /// What is served: dosing's rpcs and its journal's.
    pub fn routes(&self) -> Routes {
        let journal =
            JournalService::server(self.ctx.store.clone(), self.watch.clone(), self.ctx.civil.clone());
        Routes::new(DosingServer::new(DosingService::new(self.ctx.clone()))).add_service(journal)
    }

    /// The service with its tasks, each running until the shutdown.
    pub fn hosted(self) -> Hosted {
        let routes = self.routes();
        let Self { ctx, safety, enrollment, others, relay, shutdown, .. } = self;
        let followers = [safety.clone(), enrollment].into_iter().chain(others);
        let mut tasks = reading(relay, followers, &shutdown);
        let look = ctx.settings.look_every();
        let (timed, stop) = (ctx.clone(), shutdown.clone());
        let confirm = every(look, stop, "unconfirmed", move || {
            let ctx = timed.clone();
            async move { unconfirmed::run(&ctx).await.map(drop) }
        });
        tasks.push(task("unconfirmed", confirm));
        let void = every(look, shutdown, "unclaimed", move || {
            let (ctx, safety) = (ctx.clone(), safety.clone());
            async move { unclaimed::run(&ctx, &safety).await.map(drop) }
        });
        tasks.push(task("unclaimed", void));
        Hosted { name: NAME, routes, tasks }
    }
}
