//! `holdpoint report consistency`: asks the five services of a running house and prints one page. 0 where everything fits, 1 where
//! something does not, 3 where a service could not be asked.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;

use super::common::Common;
use crate::client::{Addresses, Desk};
use crate::consistency;
use crate::host::names;

/// The exit code of a report that could not be made.
const FAULT: u8 = 3;

/// What to report.
#[derive(Debug, Subcommand)]
pub(super) enum Report {
    /// Says where the words of the five services do not fit together
    Consistency(Consistency),
}

/// The flags of `report consistency`.
#[derive(Debug, Args)]
pub(super) struct Consistency {
    #[command(flatten)]
    common: Common,
    /// The trial
    #[arg(long)]
    trial: String,
    /// First of the ports of `holdpoint up`; without it the services are where `[peers]` says
    #[arg(long)]
    port: Option<u16>,
    /// Who reads: an account with the role of an auditor in the trial
    #[arg(long)]
    principal: String,
    /// Folder of the keys, the issuer's among them
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

impl Report {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Consistency(asked) = self;
        match asked.ask().await {
            Ok(report) => {
                if asked.json {
                    println!("{}", serde_json::to_string(&report)?);
                } else {
                    println!("{report}");
                }
                Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Err(cause) => {
                eprintln!("holdpoint: no report could be made: {cause:#}");
                Ok(ExitCode::from(FAULT))
            }
        }
    }
}

impl Consistency {
    async fn ask(&self) -> anyhow::Result<consistency::Report> {
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
        let desk = Desk::new(&addresses, issuer, Ids::random())?;
        let reader = desk.person(&self.principal, &[Role::Auditor])?;
        consistency::report(&reader, &self.trial).await
    }
}
