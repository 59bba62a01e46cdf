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
use holdpoint_journal::host::{Deps, Hosted, reading, task};
use holdpoint_journal::{JournalService, Watch};
use tokio::sync::Semaphore;
use tonic::service::Routes;

pub use config::EnrollmentSettings;
pub use error::ERRORS;
pub use store::{PermitFate, subject_key, tables};

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
        [LABS, FOLLOWUP].into_iter().filter(|name| deps.peers.knows(name)).collect();
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
    let follow = |source: &str| {
        anyhow::Ok(deps.follow(deps.peers.journal(source)?, Reactions::new(ctx.clone()), &watch))
    };
    let safety = follow(SAFETY)?;
    let mut followers = vec![safety.clone(), follow(DOSING)?];
    for source in ctx.hears.iter() {
        followers.push(follow(source)?);
    }
    let mut tasks = reading(deps.relay(), followers, &deps.shutdown);
    tasks.push(task("reconcilers", reconcilers::run(ctx.clone(), safety, deps.shutdown.clone())));
    Ok(Hosted { name: NAME, routes: routes.routes(), tasks })
}
