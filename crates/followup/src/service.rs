//! Puts followup together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use futures::FutureExt as _;
use holdpoint_api::followup::v1::followup_server::FollowupServer;
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{ComesDue, Follower, JournalService, Relay, Rollbacks, Watch, every};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::config::FollowupSettings;
use crate::ctx::Ctx;
use crate::grpc::FollowupService;
use crate::protocols::Protocols;
use crate::reactions::Reactions;
use crate::reconcilers::due::Due;
use crate::{DOSING, ENROLLMENT, LABS, NAME, SAFETY};

/// Followup, put together and not yet running.
pub struct Service {
    /// What every command is given.
    pub ctx: Ctx,
    /// Reads safety's journal.
    pub safety: Follower,
    /// Reads enrollment's journal.
    pub enrollment: Follower,
    /// Reads dosing's journal.
    pub dosing: Follower,
    /// Reads labs' journal.
    pub labs: Follower,
    /// Publishes followup's own.
    pub relay: Relay,
    watch: Arc<dyn Watch>,
    due: ComesDue,
    shutdown: CancellationToken,
}

/// Builds followup for the process that hosts it.
pub async fn build(deps: Deps) -> anyhow::Result<Hosted> {
    Ok(assemble(deps)?.hosted())
}

/// Puts the parts together. Nothing runs yet.
pub fn assemble(deps: Deps) -> anyhow::Result<Service> {
    let settings: FollowupSettings = deps.settings.section();
    let ctx = Ctx {
        store: deps.store.clone(),
        civil: deps.civil.clone(),
        ids: deps.ids.clone(),
        protocols: Protocols::default(),
        settings,
    };
    let watch: Arc<dyn Watch> = Arc::new(Rollbacks::going_on(deps.store.clone(), deps.civil.clone()));
    let follow = |source: &str| {
        anyhow::Ok(deps.follow(deps.peers.journal(source)?, Reactions::new(ctx.clone()), &watch))
    };
    let (safety, enrollment, dosing, labs) =
        (follow(SAFETY)?, follow(ENROLLMENT)?, follow(DOSING)?, follow(LABS)?);
    let relay = deps.relay();
    let due = comes_due(&ctx);
    Ok(Service { ctx, safety, enrollment, dosing, labs, relay, watch, due, shutdown: deps.shutdown })
}

/// Visits that have come due, closed or must be planned further.
fn comes_due(ctx: &Ctx) -> ComesDue {
    let (ctx, visits) = (ctx.clone(), Arc::new(Due::default()));
    ComesDue::new(ctx.civil.clone(), move || {
        let (ctx, visits) = (ctx.clone(), visits.clone());
        async move { visits.run(&ctx).await.map(drop) }.boxed()
    })
}

impl Service {
    /// What is served: followup's rpcs and its journal's.
    pub fn routes(&self) -> Routes {
        let (store, civil) = (self.ctx.store.clone(), self.ctx.civil.clone());
        let journal =
            JournalService::server_of_what_comes_due(store, self.watch.clone(), civil, self.due.clone());
        Routes::new(FollowupServer::new(FollowupService::new(self.ctx.clone()))).add_service(journal)
    }

    /// The service with its tasks, each running until the shutdown.
    pub fn hosted(self) -> Hosted {
        let routes = self.routes();
        let Self { ctx, safety, enrollment, dosing, labs, relay, due, shutdown, .. } = self;
        let mut tasks = reading(relay, [safety, enrollment, dosing, labs], &shutdown);
        let looking = every(ctx.settings.look_every(), shutdown, "due", move || {
            let due = due.clone();
            async move { due.look().await }
        });
        tasks.push(task("due", looking));
        Hosted { name: NAME, routes, tasks }
    }
}
