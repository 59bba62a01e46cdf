//! Puts safety together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_api::safety::v1::safety_server::SafetyServer;
use holdpoint_journal::host::{Deps, Hosted, Task};
use holdpoint_journal::{
    Follower, FollowerParts, JournalService, Patience, Peer as JournalPeer, Relay, Watch,
};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::config::{AlertSettings, PermitSettings};
use crate::ctx::Ctx;
use crate::domain::ids::Peer;
use crate::grpc::SafetyService;
use crate::instance::Instance;
use crate::peers::Followers;
use crate::reactions::Reactions;
use crate::rules::Protocols;
use crate::vigil::Vigil;
use crate::{DOSING, ENROLLMENT, FOLLOWUP, LABS, NAME, reconcilers};

/// Safety, put together and not yet running.
pub struct Service {
    /// What every command is given.
    pub ctx: Ctx,
    /// The journals it follows, as its gate asks them.
    pub followers: Followers,
    /// Publishes safety's own.
    pub relay: Relay,
    following: Vec<Follower>,
    watch: Arc<dyn Watch>,
    shutdown: CancellationToken,
}

/// Builds safety for the process that hosts it.
pub async fn build(deps: Deps) -> anyhow::Result<Hosted> {
    Ok(assemble(deps).await?.hosted())
}

/// Puts the parts together, with the peers' journals as the settings name them. Permits rest on enrollment's and dosing's,
/// so these must be known; labs and followup are followed where they are. Nothing runs yet.
pub async fn assemble(deps: Deps) -> anyhow::Result<Service> {
    let mut peers = vec![];
    for source in [ENROLLMENT, DOSING] {
        peers.push(JournalPeer::new(source, deps.peers.channel(source)?));
    }
    for source in [LABS, FOLLOWUP] {
        if deps.peers.names().any(|name| name == source) {
            peers.push(JournalPeer::new(source, deps.peers.channel(source)?));
        }
    }
    assemble_with(deps, peers).await
}

/// The same, with the peers' journals as given.
pub async fn assemble_with(deps: Deps, peers: Vec<JournalPeer>) -> anyhow::Result<Service> {
    let permit: PermitSettings = deps.settings.section();
    let alerts: AlertSettings = deps.settings.section();
    let awaited = [ENROLLMENT, DOSING].map(Peer::from);
    let followed = peers.iter().map(|peer| Peer::from(peer.name())).collect();
    let ctx = Ctx {
        store: deps.store.clone(),
        civil: deps.civil.clone(),
        ids: deps.ids.clone(),
        terms: permit.terms(),
        alerts,
        instance: Arc::new(Instance::new(deps.machine.clone(), awaited)),
        followed: Arc::new(followed),
        turns: Arc::default(),
        protocols: Arc::new(Protocols::default()),
    };
    let watch: Arc<dyn Watch> = Arc::new(Vigil::new(ctx.clone()));
    let mut following = vec![];
    for peer in peers {
        following.push(Follower::new(FollowerParts {
            store: deps.store.clone(),
            peer,
            bus: deps.bus.clone(),
            reactor: Arc::new(Reactions::new(ctx.clone())),
            watch: watch.clone(),
            civil: deps.civil.clone(),
            patience: Patience::default(),
        }));
    }
    let followers = Followers::new(following.iter().cloned());
    let relay = Relay::new(deps.store.clone(), deps.bus.clone(), deps.machine.clone());
    Ok(Service { ctx, followers, relay, following, watch, shutdown: deps.shutdown })
}

impl Service {
    /// Safety's rpcs.
    pub fn rpcs(&self) -> SafetyService {
        SafetyService::new(self.ctx.clone(), self.followers.clone())
    }

    /// What is served: safety's rpcs and its journal's.
    pub fn routes(&self) -> Routes {
        let journal =
            JournalService::server(self.ctx.store.clone(), self.watch.clone(), self.ctx.civil.clone());
        Routes::new(SafetyServer::new(self.rpcs())).add_service(journal)
    }

    /// The service with its tasks, each running until the shutdown.
    pub fn hosted(self) -> Hosted {
        let routes = self.routes();
        let stop = self.shutdown.clone();
        let mut tasks: Vec<Task> = vec![("relay", ends(self.relay.run(stop.clone()).boxed()))];
        for follower in self.following {
            let name = match follower.source() {
                DOSING => "follow dosing",
                LABS => "follow labs",
                FOLLOWUP => "follow followup",
                _ => "follow enrollment",
            };
            tasks.push((name, ends(follower.run(stop.clone()).boxed())));
        }
        tasks.push(("holds", ends(reconcilers::holds(self.ctx.clone(), stop.clone()).boxed())));
        tasks.push(("what comes due", ends(reconcilers::rest(self.ctx, self.followers, stop).boxed())));
        Hosted { name: NAME, routes, tasks }
    }
}

fn ends(task: BoxFuture<'static, ()>) -> BoxFuture<'static, anyhow::Result<()>> {
    task.map(Ok).boxed()
}
