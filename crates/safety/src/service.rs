//! Puts safety together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use holdpoint_api::safety::v1::safety_server::SafetyServer;
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{Follower, JournalService, Peer as JournalPeer, Relay, Watch};
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
    let known = [LABS, FOLLOWUP].into_iter().filter(|name| deps.peers.knows(name));
    let followed = [ENROLLMENT, DOSING].into_iter().chain(known);
    let peers = followed.map(|source| deps.peers.journal(source)).collect::<anyhow::Result<Vec<_>>>()?;
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
    let follow = |peer| deps.follow(peer, Reactions::new(ctx.clone()), &watch);
    let following: Vec<_> = peers.into_iter().map(follow).collect();
    let followers = Followers::new(following.iter().cloned());
    let relay = deps.relay();
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
        let mut tasks = reading(self.relay, self.following, &stop);
        tasks.push(task("holds", reconcilers::holds(self.ctx.clone(), stop.clone())));
        tasks.push(task("what comes due", reconcilers::rest(self.ctx, self.followers, stop)));
        Hosted { name: NAME, routes, tasks }
    }
}
