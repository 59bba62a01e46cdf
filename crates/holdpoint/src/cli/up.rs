//! `holdpoint up`: the embedded set on fixed ports with a data folder; prints addresses and a first administrator's token.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use holdpoint_chassis::faults;
use holdpoint_chassis::identity::Role;
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::telemetry;

use super::common::Common;
use crate::embedded::{Embedded, Setup};

/// The flags of `up`.
#[derive(Debug, Args)]
pub(super) struct Up {
    #[command(flatten)]
    common: Common,
    /// First of the ports, one after another in the order of the services
    #[arg(long)]
    port: Option<u16>,
    /// Folder of the keys; made where absent
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Up {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.common.settings()?;
        faults::arm(settings.mode)?;
        let telemetry = telemetry::start(&settings.telemetry, "up")?;
        let drain = Duration::from_secs(settings.server.drain_s);
        let life = Duration::from_secs(settings.identity.token_min * 60);
        let (machine, ids) = (faults::machine(settings.mode), Ids::random());
        let setup = Setup {
            store: settings.store.url.expose().to_owned(),
            scratch: false,
            bus: settings.bus.url.expose().to_owned(),
            civil: settings.clock.open()?,
            machine: machine.clone(),
            ids: ids.clone(),
            ports: Some(self.port.unwrap_or(settings.server.port)),
            keys: Some(self.keys.unwrap_or_else(|| settings.identity.keys.clone())),
            settings,
        };
        let house = Embedded::start(setup).await?;
        house.shutdown.on_signals()?;
        for (service, address) in &house.addresses {
            println!("{service:<12} {address}");
        }
        let token = house.issuer.issue("administrator", [Role::Administrator], life, &machine, &ids)?;
        println!("token        {token}");
        println!(
            "             of `administrator`, valid for {} minutes; `holdpoint token` makes more",
            life.as_secs() / 60
        );
        let ended = house.shutdown.drained(drain).await;
        telemetry.end().await;
        Ok(ended.exit_code())
    }
}
