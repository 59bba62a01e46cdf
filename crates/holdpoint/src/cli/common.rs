//! Flags that several subcommands share, and how they become settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::config::{Settings, Sources};
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::tls;

use crate::backup::Running;
use crate::client::Addresses;
use crate::host::{Stores, loader, names};

/// How tools of operations are known to NATS: the user of `deploy/nats/nats.conf` that looks and changes nothing.
pub(super) const SPEAKER: &str = "doctor";

/// Where settings, data and events are.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Common {
    /// A settings file; may be given several times, a later one overrides an earlier one. HOLDPOINT__SECTION__KEY overrides both.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Where the databases are: a folder, or postgres://user@host/
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
    /// How events travel: local, or nats://host:4222
    #[arg(long, value_name = "BUS")]
    bus: Option<String>,
}

impl Common {
    /// Settings from files, environment and these flags. Everything wrong is told at once.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        Ok(loader().load(&self.sources())?)
    }

    fn sources(&self) -> Sources {
        let mut sources = self.config.iter().fold(Sources::of_process(), |sources, file| sources.file(file));
        if let Some(store) = &self.store {
            sources = sources.flag("store.url", with_scheme(store), "--store");
        }
        if let Some(bus) = &self.bus {
            sources = sources.flag("bus.url", bus.clone(), "--bus");
        }
        sources
    }
}

/// Where all databases are, for a tool that reads or writes each of them.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Databases {
    #[command(flatten)]
    pub common: Common,
    /// Folder with <service>.store-url, where each service has a role of its own
    #[arg(long, value_name = "DIR", conflicts_with = "store")]
    urls: Option<PathBuf>,
}

impl Databases {
    /// Their addresses.
    pub fn stores(&self, settings: &Settings) -> anyhow::Result<Stores> {
        match &self.urls {
            Some(folder) => Stores::in_folder(folder),
            None => Stores::one(settings.store.url.expose()),
        }
    }
}

/// Where the services are: where `[peers]` says, or on the ports of `holdpoint up` from this one on.
pub(super) fn addresses(settings: &Settings, port: Option<u16>) -> Addresses {
    let (host, first) = (&settings.server.host, port.unwrap_or(settings.server.port));
    let scheme = if settings.tls.certificate.is_some() { "https" } else { "http" };
    let up = names().zip(first..).map(|(name, port)| (name.to_owned(), format!("{scheme}://{host}:{port}")));
    let stated = port.is_none() && names().all(|name| settings.peers.0.contains_key(name));
    if stated { settings.peers.0.clone() } else { up.collect() }
}

/// Where the services are, and a short-lived token of an administrator for tools that ask them.
pub(super) fn running(
    settings: &Settings,
    port: Option<u16>,
    keys: &Path,
    principal: &str,
) -> anyhow::Result<Running> {
    let issuer = Signer::load(&keys.join(format!("{ISSUER}.key")))?;
    let life = Duration::from_secs(300);
    let token = issuer.issue(principal, [Role::Administrator], life, &MachineClock::new(), &Ids::random())?;
    Ok(Running { addresses: addresses(settings, port), token, trusted: tls::client(&settings.tls)? })
}

/// A bare folder is one of SQLite files.
fn with_scheme(store: &str) -> String {
    match store.split_once(':') {
        Some((scheme, _)) if scheme.len() > 1 && !scheme.contains('/') => store.to_owned(),
        _ => format!("sqlite:{store}"),
    }
}
