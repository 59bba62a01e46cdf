//! Where a running house is, and who reads it: the flags that every question to it shares.

use std::path::PathBuf;

use clap::Args;
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;

use super::common::Common;
use crate::client::{Addresses, Desk, Person};
use crate::host::names;

/// The flags.
#[derive(Debug, Args)]
pub(super) struct Reading {
    #[command(flatten)]
    common: Common,
    /// The trial
    #[arg(long)]
    pub trial: String,
    /// First of the ports of `holdpoint up`; without it the services are where `[peers]` says
    #[arg(long)]
    port: Option<u16>,
    /// Who reads: an account that was delegated the role in the trial
    #[arg(long)]
    principal: String,
    /// Folder of the keys, the issuer's among them
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Reading {
    /// The reader, in this role.
    pub fn reader(&self, role: Role) -> anyhow::Result<Person> {
        let settings = self.common.settings()?;
        let keys = self.keys.clone().unwrap_or_else(|| settings.identity.keys.clone());
        let issuer = Signer::load(&keys.join(format!("{ISSUER}.key")))?;
        let (host, first) = (&settings.server.host, self.port.unwrap_or(settings.server.port));
        let up: Addresses = names()
            .zip(first..)
            .map(|(name, port)| (name.to_owned(), format!("http://{host}:{port}")))
            .collect();
        let stated = self.port.is_none() && names().all(|name| settings.peers.0.contains_key(name));
        let addresses = if stated { settings.peers.0.clone() } else { up };
        Desk::new(&addresses, issuer, Ids::random())?.person(&self.principal, &[role])
    }
}
