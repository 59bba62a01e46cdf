//! Puts dosing together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use futures::FutureExt as _;
use holdpoint_api::dosing::v1::dosing_server::DosingServer;
use holdpoint_journal::host::{Deps, Hosted, Task};
use holdpoint_journal::{
    Follower, FollowerParts, JournalService, Patience, Peer, Relay, Rollbacks, Watch, every,
};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::config::DosingSettings;
use crate::ctx::Ctx;
use crate::gate::Gate;
use crate::grpc::DosingService;
use crate::protocols::Protocols;
use crate::reactions::Reactions;
use crate::reconcilers::{unclaimed, unconfirmed};
use crate::{ENROLLMENT, NAME, SAFETY};

/// Dosing, put together and not yet running.
pub struct Service {
    /// What every command is given.
    pub ctx: Ctx,
    /// Reads safety's journal.
    pub safety: Follower,
    /// Reads enrollment's journal.
    pub enrollment: Follower,
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
        Ok::<_, anyhow::Error>(Follower::new(FollowerParts {
            store: deps.store.clone(),
            peer: Peer::new(source, deps.peers.channel(source)?),
            bus: deps.bus.clone(),
            reactor: Arc::new(Reactions::new(ctx.clone())),
            watch: watch.clone(),
            civil: deps.civil.clone(),
            patience: Patience::default(),
        }))
    };
    let (safety, enrollment) = (follow(SAFETY)?, follow(ENROLLMENT)?);
    let relay = Relay::new(deps.store.clone(), deps.bus.clone(), deps.machine.clone());
    Ok(Service { ctx, safety, enrollment, relay, watch, shutdown: deps.shutdown })
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
        let Self { ctx, safety, enrollment, relay, shutdown, .. } = self;
        let look = ctx.settings.look_every();
        let mut tasks: Vec<Task> = vec![];
        let stop = shutdown.clone();
        tasks.push((
            "relay",
            async move {
                relay.run(stop).await;
                Ok(())
            }
            .boxed(),
        ));
        for (name, follower) in [("follow safety", safety.clone()), ("follow enrollment", enrollment)] {
            let stop = shutdown.clone();
            tasks.push((
                name,
                async move {
                    follower.run(stop).await;
                    Ok(())
                }
                .boxed(),
            ));
        }
        let (timed, stop) = (ctx.clone(), shutdown.clone());
        let confirm = every(look, stop, "unconfirmed", move || {
            let ctx = timed.clone();
            async move { unconfirmed::run(&ctx).await.map(drop) }
        });
        tasks.push(("unconfirmed", confirm.map(Ok).boxed()));
        let void = every(look, shutdown, "unclaimed", move || {
            let (ctx, safety) = (ctx.clone(), safety.clone());
            async move { unclaimed::run(&ctx, &safety).await.map(drop) }
        });
        tasks.push(("unclaimed", void.map(Ok).boxed()));
        Hosted { name: NAME, routes, tasks }
    }
}
