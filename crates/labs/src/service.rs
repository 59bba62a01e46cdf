//! Puts labs together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use holdpoint_api::labs::v1::labs_server::LabsServer;
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{Follower, JournalService, Relay, Rollbacks, Watch, every};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::commands::ingest_results::Intake;
use crate::config::LabsSettings;
use crate::ctx::Ctx;
use crate::grpc::LabsService;
use crate::protocols::Protocols;
use crate::reactions::Reactions;
use crate::reconcilers::responses_due;
use crate::{DOSING, ENROLLMENT, NAME, SAFETY};

/// Labs, put together and not yet running.
pub struct Service {
    /// What every command is given.
    pub ctx: Ctx,
    /// Reads the journals of enrollment, dosing and safety.
    pub following: Vec<Follower>,
    /// Publishes labs' own.
    pub relay: Relay,
    watch: Arc<dyn Watch>,
    shutdown: CancellationToken,
}

/// Builds labs for the process that hosts it.
pub async fn build(deps: Deps) -> anyhow::Result<Hosted> {
    Ok(assemble(deps)?.hosted())
}

/// Puts the parts together. Nothing runs yet.
pub fn assemble(deps: Deps) -> anyhow::Result<Service> {
    let settings: LabsSettings = deps.settings.section();
    let ctx = Ctx {
        store: deps.store.clone(),
        civil: deps.civil.clone(),
        key: settings.key(deps.settings.mode, &deps.settings.identity.keys)?,
        intake: Intake::default(),
        protocols: Protocols::default(),
        settings,
    };
    let watch: Arc<dyn Watch> = Arc::new(Rollbacks::going_on(deps.store.clone(), deps.civil.clone()));
    let follow = |source: &str| {
        anyhow::Ok(deps.follow(deps.peers.journal(source)?, Reactions::new(ctx.clone()), &watch))
    };
    let following = vec![follow(ENROLLMENT)?, follow(DOSING)?, follow(SAFETY)?];
    let relay = deps.relay();
    Ok(Service { ctx, following, relay, watch, shutdown: deps.shutdown })
}

impl Service {
    /// What is served: labs' rpcs and its journal's.
    pub fn routes(&self) -> Routes {
        let journal =
            JournalService::server(self.ctx.store.clone(), self.watch.clone(), self.ctx.civil.clone());
        Routes::new(LabsServer::new(LabsService::new(self.ctx.clone()))).add_service(journal)
    }

    /// The service with its tasks, each running until the shutdown.
    pub fn hosted(self) -> Hosted {
        let routes = self.routes();
        let Self { ctx, following, relay, shutdown: stop, .. } = self;
        let mut tasks = reading(relay, following, &stop);
        let look = ctx.settings.look_every();
        let assess = every(look, stop, "responses due", move || {
            let ctx = ctx.clone();
            async move { responses_due::run(&ctx).await.map(drop) }
        });
        tasks.push(task("responses due", assess));
        Hosted { name: NAME, routes, tasks }
    }
}
