//! Where a running house is, and who speaks to it: the flags that every question to it shares.

use std::path::PathBuf;

use clap::Args;
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::tls;

use super::common::{Common, addresses};
use crate::client::{Desk, Person};

/// The flags of a question about one trial.
#[derive(Debug, Args)]
pub(super) struct Reading {
    /// The trial
    #[arg(long)]
    pub trial: String,
    #[command(flatten)]
    speaking: Speaking,
}

impl Reading {
    /// The reader, in this role.
    pub fn reader(&self, role: Role) -> anyhow::Result<Person> {
        self.speaking.person(role)
    }
}

/// The flags that say where the services are and who speaks.
#[derive(Debug, Args)]
pub(super) struct Speaking {
    #[command(flatten)]
    common: Common,
    /// First of the ports of `holdpoint up`; without it the services are where `[peers]` says
    #[arg(long)]
    port: Option<u16>,
    /// Who speaks: an account that was delegated the role in the trial
    #[arg(long)]
    principal: String,
    /// Folder of the keys, the issuer's among them
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Speaking {
    /// Whoever speaks, in this role.
    pub fn person(&self, role: Role) -> anyhow::Result<Person> {
        let settings = self.common.settings()?;
        let keys = self.keys.clone().unwrap_or_else(|| settings.identity.keys.clone());
        let issuer = Signer::load(&keys.join(format!("{ISSUER}.key")))?;
        let (addresses, trusted) = (addresses(&settings, self.port), tls::client(&settings.tls)?);
        Desk::checking(&addresses, trusted.as_ref(), issuer, Ids::random())?.person(&self.principal, &[role])
    }
}
