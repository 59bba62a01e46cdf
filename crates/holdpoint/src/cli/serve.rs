//! `holdpoint serve <service>`: one service in this process. It must know where the others are: a permit is asked over gRPC,
//! and gaps in their journals are filled from them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::faults;
use holdpoint_chassis::identity::{Keyring, Signer};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::telemetry;
use tokio::net::TcpListener;

use super::common::Common;
use crate::host::{Process, names, open_bus, operations, room, serve, store_url};

/// The flags of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The service: enrollment, dosing, safety, labs or followup
    service: String,
    #[command(flatten)]
    common: Common,
    /// Port of the gRPC server; 0 takes a free one
    #[arg(long)]
    port: Option<u16>,
    /// Folder of the keys: <service>.key, and the public keys of everyone
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Serve {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let room = room(&self.service)?;
        let settings = self.common.settings()?;
        knows_peers(&settings, room.name)?;
        faults::arm(settings.mode)?;
        let telemetry = telemetry::start(&settings.telemetry, room.name)?;
        let drain = Duration::from_secs(settings.server.drain_s);
        let keys = self.keys.unwrap_or_else(|| settings.identity.keys.clone());
        let own = settings.identity.key.clone();
        let signer = Signer::load(&own.unwrap_or_else(|| keys.join(format!("{}.key", room.name))))?;
        ensure!(
            signer.name() == room.name,
            "the key of {} is given to {}: a service speaks with its own key only, {}.key",
            signer.name(),
            room.name,
            room.name
        );
        let port = self.port.unwrap_or(settings.server.port);
        let listener = TcpListener::bind((settings.server.host.as_str(), port)).await?;
        let address = listener.local_addr()?;
        let process = Process {
            scratch: false,
            store_url: store_url(settings.store.url.expose())?,
            bus: open_bus(settings.bus.url.expose(), room.name, &settings).await?,
            civil: settings.clock.open()?,
            machine: faults::machine(settings.mode),
            ids: Ids::random(),
            ring: Keyring::load(&keys)?,
            addresses: settings.peers.0.clone(),
            shutdown: Shutdown::new(),
            settings,
        };
        process.shutdown.on_signals()?;
        let store = serve(&process, room, signer, listener).await?;
        operations(&process.settings, room.name, vec![store], process.bus.clone(), &process.shutdown).await?;
        let scheme = if process.settings.tls.certificate.is_some() { "https" } else { "http" };
        println!("{:<12} {scheme}://{address}", room.name);
        let ended = process.shutdown.drained(drain).await;
        telemetry.end().await;
        Ok(ended.exit_code())
    }
}

fn knows_peers(settings: &Settings, service: &str) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        names().filter(|name| *name != service && !settings.peers.0.contains_key(*name)).collect();
    ensure!(
        missing.is_empty(),
        "{service} must know where {} can be called: set HOLDPOINT__PEERS__{}=http://host:port, or [peers] in a settings file",
        missing.join(" and "),
        missing.first().map(|name| name.to_uppercase()).unwrap_or_default()
    );
    Ok(())
}
