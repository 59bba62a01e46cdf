//! `holdpoint doctor`: looks at everything an installation can get wrong, each finding with its mend. 0 where no problem was found
//! (there may be warnings), 1 where there is one, 2 where the settings themselves are refused.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::common::{Databases, SPEAKER, running};
use crate::doctor::{House, Limits, examine};
use crate::host::jetstream;

/// The exit code of settings that are refused.
const REFUSED: u8 = 2;

/// The flags of `doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    databases: Databases,
    /// First of the ports of `holdpoint up`; without it the services are where `[peers]` says
    #[arg(long)]
    port: Option<u16>,
    /// Folder of the keys, the issuer's among them
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// A certificate whose end is looked at, PEM; may be given several times
    #[arg(long = "certificate", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// Address of the NATS server's monitor
    #[arg(long, value_name = "URL")]
    bus_monitor: Option<String>,
    /// Only these checks, by number; may be given several times
    #[arg(long = "only", value_name = "NUMBER")]
    only: Vec<String>,
    /// Free space that a disk must have, MiB
    #[arg(long, default_value_t = 1_024)]
    min_free_mib: u64,
    /// How far two clocks may be apart, milliseconds
    #[arg(long, default_value_t = 500)]
    max_skew_ms: u64,
    /// How many rows a service may be behind another
    #[arg(long, default_value_t = 500)]
    max_lag_rows: u64,
    /// Who asks, in the services' logs
    #[arg(long, default_value = "doctor")]
    principal: String,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = match self.databases.common.settings() {
            Ok(settings) => settings,
            Err(refused) => {
                eprintln!("holdpoint: {refused:#}");
                return Ok(ExitCode::from(REFUSED));
            }
        };
        let stores = self.databases.stores(&settings)?;
        let keys = self.keys.clone().unwrap_or_else(|| settings.identity.keys.clone());
        let mut folders = vec![keys.clone(), std::env::temp_dir()];
        folders.extend(stores.of(crate::host::ROOMS[0].name)?.strip_prefix("sqlite://").map(PathBuf::from));
        let limits = Limits {
            free_mib: self.min_free_mib,
            skew: Duration::from_millis(self.max_skew_ms),
            lag_rows: self.max_lag_rows,
            ..Limits::default()
        };
        let house = House {
            stores,
            bus: settings.bus.url.expose().to_owned(),
            nats: jetstream(SPEAKER, &settings),
            monitor: self.bus_monitor,
            running: running(&settings, self.port, &keys, &self.principal).ok(),
            keys,
            certificates: self.certificates.into_iter().chain(settings.tls.certificate).collect(),
            folders,
            limits,
        };
        let diagnosis = examine(&house, &self.only).await;
        match self.json {
            true => println!("{}", serde_json::to_string(&diagnosis)?),
            false => println!("{diagnosis}"),
        }
        Ok(if diagnosis.clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
