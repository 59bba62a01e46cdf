//! All services in one process, over loopback gRPC: the embedded default of `up` and `demo`, and what tests build on.
//! The same code as one service a process; only the listeners and the bus are near.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use holdpoint_chassis::clock::{Civil, MachineClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::identity::Signer;
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::lifecycle::{Ended, Shutdown};
use holdpoint_journal::Store;
use tokio::net::TcpListener;

use crate::client::Addresses;
use crate::host::{Keys, Process, ROOMS, Verified, open_bus, operations, serve, store_url, verify_all};

/// How the set is put up.
pub struct Setup {
    /// The settings of every service.
    pub settings: Settings,
    /// A folder, or a PostgreSQL server.
    pub store: String,
    /// The folder is thrown away with the process: nothing in it waits for the disk.
    pub scratch: bool,
    /// "local" or "nats://..."
    pub bus: String,
    /// Clinical dates.
    pub civil: Civil,
    /// The machine's clocks.
    pub machine: MachineClock,
    /// Where ids come from.
    pub ids: Ids,
    /// The first of the ports, one after another; free ones when absent.
    pub ports: Option<u16>,
    /// Folder of the keys; keys that live as long as the process when absent.
    pub keys: Option<PathBuf>,
}

/// The running set.
pub struct Embedded {
    /// Address of each service.
    pub addresses: Addresses,
    /// Signs people's tokens.
    pub issuer: Signer,
    /// Database of each service, in the order of the rooms.
    pub stores: Vec<Store>,
    /// Stops it.
    pub shutdown: Shutdown,
}

impl Embedded {
    /// Starts every service; answers when all of them serve.
    pub async fn start(setup: Setup) -> anyhow::Result<Self> {
        let keys = match &setup.keys {
            Some(folder) => Keys::in_folder(folder)?,
            None => Keys::of_this_process()?,
        };
        let scheme = if setup.settings.tls.certificate.is_some() { "https" } else { "http" };
        let (listeners, addresses) = listen(scheme, &setup.settings.server.host, setup.ports).await?;
        let process = Process {
            store_url: store_url(&setup.store)?,
            scratch: setup.scratch,
            bus: open_bus(&setup.bus, "holdpoint", &setup.settings).await?,
            settings: setup.settings,
            civil: setup.civil,
            machine: setup.machine,
            ids: setup.ids,
            ring: keys.ring.clone(),
            addresses: addresses.clone(),
            shutdown: Shutdown::new(),
        };
        let mut stores = Vec::new();
        for (room, listener) in ROOMS.iter().zip(listeners) {
            stores.push(serve(&process, room, keys.service(room.name)?, listener).await?);
        }
        operations(&process.settings, "up", stores.clone(), process.bus.clone(), &process.shutdown).await?;
        Ok(Self { addresses, issuer: keys.issuer, stores, shutdown: process.shutdown })
    }

    /// Verifies every journal, with what the peers remember.
    pub async fn verify(&self) -> anyhow::Result<Verified> {
        verify_all(&self.stores, true).await
    }

    /// Stops everything, giving running calls a moment to end.
    pub async fn stop(self) -> Ended {
        self.shutdown.request();
        self.shutdown.drained(Duration::from_secs(5)).await
    }
}

/// Binds all ports first, so that every service can be told where the others are.
async fn listen(
    scheme: &str,
    host: &str,
    ports: Option<u16>,
) -> anyhow::Result<(Vec<TcpListener>, Addresses)> {
    let mut listeners = Vec::new();
    let mut addresses = Addresses::new();
    for (place, room) in (0_u16..).zip(ROOMS) {
        let port = ports.map_or(0, |first| first.saturating_add(place));
        let listener = TcpListener::bind((host, port)).await;
        let listener =
            listener.with_context(|| format!("cannot listen on {host}:{port} for {}", room.name))?;
        addresses.insert(room.name.to_owned(), format!("{scheme}://{}", listener.local_addr()?));
        listeners.push(listener);
    }
    Ok((listeners, addresses))
}
