//! Starts one service: its store, its peers, its server and its tasks. A task that must live and dies ends the process.

use std::time::Duration;

use anyhow::Context as _;
use holdpoint_bus::SharedBus;
use holdpoint_chassis::client::{Caller, connect_with};
use holdpoint_chassis::clock::{Civil, MachineClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::identity::{Keyring, Signer};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::server::Server;
use holdpoint_chassis::tls;
use holdpoint_journal::host::{Deps, Peers};
use holdpoint_journal::{Options, Store};
use tokio::net::TcpListener;

use super::Room;
use crate::client::Addresses;

/// Deadline of a call between services that states none.
const BETWEEN_SERVICES: Duration = Duration::from_secs(5);

/// What the services of one process share.
#[derive(Clone)]
pub struct Process {
    /// The settings.
    pub settings: Settings,
    /// Address of the databases.
    pub store_url: String,
    /// The databases are thrown away with the process.
    pub scratch: bool,
    /// The doorbell.
    pub bus: SharedBus,
    /// Clinical dates.
    pub civil: Civil,
    /// The machine's clocks.
    pub machine: MachineClock,
    /// Where ids come from.
    pub ids: Ids,
    /// Public keys that are trusted.
    pub ring: Keyring,
    /// Address of every service.
    pub addresses: Addresses,
    /// The switch.
    pub shutdown: Shutdown,
}

/// Starts one service on a listener. Answers its store when it serves; everything else runs until the shutdown.
pub async fn serve(
    process: &Process,
    room: &Room,
    signer: Signer,
    listener: TcpListener,
) -> anyhow::Result<Store> {
    let migrate = process.settings.store.migrate;
    let options = Options { scratch: process.scratch, migrate, ..Options::default() };
    let store = Store::open_with(&process.store_url, room.name, (room.tables)(), options).await;
    let store =
        store.map_err(anyhow::Error::from).with_context(|| format!("open the database of {}", room.name))?;
    let deps = Deps {
        settings: process.settings.clone(),
        store: store.clone(),
        bus: process.bus.clone(),
        civil: process.civil.clone(),
        machine: process.machine.clone(),
        ids: process.ids.fork(room.name),
        peers: peers(process, room, signer)?,
        shutdown: process.shutdown.token(),
    };
    let hosted = (room.build)(deps).await.with_context(|| format!("build {}", room.name))?;
    for (name, task) in hosted.tasks {
        process.shutdown.spawn_critical(name, task);
    }
    let server = Server::new(&process.settings.server, process.ring.clone(), process.machine.clone())?;
    let server = server.tls(tls::server(&process.settings.tls)?).add_routes(hosted.routes);
    let shutdown = process.shutdown.clone();
    process.shutdown.spawn_critical("server", async move { server.serve(listener, &shutdown).await });
    Ok(store)
}

fn peers(process: &Process, room: &Room, signer: Signer) -> anyhow::Result<Peers> {
    let caller = Caller::service(signer, process.machine.clone());
    let trusted = tls::client(&process.settings.tls)?;
    let others = process.addresses.iter().filter(|(name, _)| *name != room.name);
    let channels = others.map(|(name, address)| {
        Ok((name.clone(), connect_with(address, trusted.as_ref(), caller.clone(), BETWEEN_SERVICES)?))
    });
    Ok(Peers::new(channels.collect::<anyhow::Result<Vec<_>>>()?))
}
