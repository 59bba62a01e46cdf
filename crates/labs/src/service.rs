//! Puts labs together: its context, what it serves, whom it follows, and what it does by itself.

use std::sync::Arc;

use futures::FutureExt as _;
use holdpoint_api::labs::v1::labs_server::LabsServer;
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{ComesDue, Follower, JournalService, Relay, Rollbacks, Watch, every};
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
    due: ComesDue,
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
    let due = comes_due(&ctx);
    Ok(Service { ctx, following, relay, watch, due, shutdown: deps.shutdown })
}

/// Responses whose day has come.
fn comes_due(ctx: &Ctx) -> ComesDue {
    let ctx = ctx.clone();
    ComesDue::new(ctx.civil.clone(), move || {
        let ctx = ctx.clone();
        async move { responses_due::run(&ctx).await.map(drop) }.boxed()
    })
}

impl Service {
    /// What is served: labs' rpcs and its journal's.
    pub fn routes(&self) -> Routes {
        let (store, civil) = (self.ctx.store.clone(), self.ctx.civil.clone());
        let journal =
            JournalService::server_of_what_comes_due(store, self.watch.clone(), civil, self.due.clone());
        Routes::new(LabsServer::new(LabsService::new(self.ctx.clone()))).add_service(journal)
    }

    /// The service with its tasks, each running until the shutdown.
    pub fn hosted(self) -> Hosted {
        let routes = self.routes();
        let Self { ctx, following, relay, due, shutdown: stop, .. } = self;
        let mut tasks = reading(relay, following, &stop);
        let assess = every(ctx.settings.look_every(), stop, "responses due", move || {
            let due = due.clone();
            async move { due.look().await }
        });
        tasks.push(task("responses due", assess));
        Hosted { name: NAME, routes, tasks }
    }
}
