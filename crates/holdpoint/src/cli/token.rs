//! `holdpoint token`: a short-lived Ed25519 JWT for a person or a feed, signed with the issuer's key. Prints the token alone.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;

/// The flags of `token`.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// For whom: the account name that journals keep
    #[arg(long)]
    principal: String,
    /// A role, as in the list of roles; may be given several times
    #[arg(long = "role", required = true)]
    roles: Vec<Role>,
    /// Folder of the keys
    #[arg(long, value_name = "DIR", default_value = "holdpoint-data/keys")]
    keys: PathBuf,
    /// Life of the token, 1 to 15 minutes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=15))]
    minutes: u64,
}

impl Token {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        ensure!(
            !self.roles.contains(&Role::Service),
            "services sign their own tokens; `service` is no role for a person"
        );
        let issuer = Signer::load(&self.keys.join(format!("{ISSUER}.key")))?;
        let life = Duration::from_secs(self.minutes * 60);
        println!(
            "{}",
            issuer.issue(&self.principal, self.roles, life, &MachineClock::new(), &Ids::random())?
        );
        Ok(ExitCode::SUCCESS)
    }
}
