//! The operations endpoint of a process: alive, ready, which version, and its figures. How each part stands is looked at again and again:
//! a service whose database is away is not ready; one whose bus is away is safe, since its rows wait in the journal.

use std::time::Duration;

use anyhow::Context as _;
use holdpoint_bus::SharedBus;
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::operations::{self, Condition, Readiness, Version};
use holdpoint_journal::Store;
use tokio::net::TcpListener;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);

/// Serves the endpoint where the settings name a port for it.
pub async fn operations(
    settings: &Settings,
    service: &str,
    stores: Vec<Store>,
    bus: SharedBus,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let Some(port) = settings.server.operations_port else { return Ok(()) };
    let listener = TcpListener::bind((settings.server.host.as_str(), port)).await;
    let listener = listener
        .with_context(|| format!("cannot listen on {}:{port} for operations", settings.server.host))?;
    let version =
        Version { service: service.to_owned(), version: env!("CARGO_PKG_VERSION"), mode: settings.mode };
    let readiness = Readiness::default();
    let (looked, stop) = (readiness.clone(), shutdown.clone());
    shutdown.spawn_critical("readiness", async move {
        while !stop.is_requested() {
            look(&looked, &stores, &bus).await;
            tokio::select! {
                () = stop.requested() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        Ok(())
    });
    let stop = shutdown.clone();
    shutdown.spawn_critical("operations", async move {
        operations::serve(listener, readiness, version, stop).await
    });
    Ok(())
}

async fn look(readiness: &Readiness, stores: &[Store], bus: &SharedBus) {
    let mut away = vec![];
    for store in stores {
        if store.ping().await.is_err() {
            away.push(store.service().to_owned());
        }
    }
    readiness.set(
        "database",
        match away.is_empty() {
            true => Condition::Ready,
            false => Condition::NotReady(format!("the database of {} does not answer", away.join(", "))),
        },
    );
    readiness.set(
        "bus",
        match bus.is_reachable() {
            true => Condition::Ready,
            false => Condition::DegradedButSafe(
                "the bus does not answer: rows wait in the journal, and peers read them there".to_owned(),
            ),
        },
    );
}
