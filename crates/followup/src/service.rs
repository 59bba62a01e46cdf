//! Puts followup together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use holdpoint_api::followup::v1::followup_server::FollowupServer;
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{Follower, JournalService, Relay, Rollbacks, Watch, every};
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
    Ok(Service { ctx, safety, enrollment, dosing, labs, relay, watch, shutdown: deps.shutdown })
}

impl Service {
    /// What is served: followup's rpcs and its journal's.
    pub fn routes(&self) -> Routes {
        let journal =
            JournalService::server(self.ctx.store.clone(), self.watch.clone(), self.ctx.civil.clone());
        Routes::new(FollowupServer::new(FollowupService::new(self.ctx.clone()))).add_service(journal)
    }

    /// The service with its tasks, each running until the shutdown.
    pub fn hosted(self) -> Hosted {
        let routes = self.routes();
        let Self { ctx, safety, enrollment, dosing, labs, relay, shutdown, .. } = self;
        let mut tasks = reading(relay, [safety, enrollment, dosing, labs], &shutdown);
        let (look, due) = (ctx.settings.look_every(), Arc::new(Due::default()));
        let looking = every(look, shutdown, "due", move || {
            let (ctx, due) = (ctx.clone(), due.clone());
            async move { due.run(&ctx).await.map(drop) }
        });
        tasks.push(task("due", looking));
        Hosted { name: NAME, routes, tasks }
    }
}
