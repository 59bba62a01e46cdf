//! `holdpoint migrate`: makes and extends the databases once, before the services start. Two at once wait for each other; one
//! that was broken off is run again; a database of a later version is refused.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use holdpoint_chassis::telemetry;

use super::common::Databases;
use crate::host::migrate;

/// The flags of `migrate`.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    databases: Databases,
    /// File with a superuser's address; roles and databases are then made too
    #[arg(long, value_name = "FILE", requires = "urls")]
    superuser: Option<PathBuf>,
}

impl Migrate {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.databases.common.settings()?;
        let telemetry = telemetry::start(&settings.telemetry, "migrate")?;
        let stores = self.databases.stores(&settings)?;
        let superuser = self.superuser.as_ref().map(|file| {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
        });
        let superuser = superuser.transpose()?.map(|url| url.trim().to_owned());
        for (service, made) in migrate(&stores, superuser.as_deref()).await? {
            match made.is_empty() {
                true => println!("{service:<12} up to date"),
                false => println!("{service:<12} made {}", made.join(", ")),
            }
        }
        telemetry.end().await;
        Ok(ExitCode::SUCCESS)
    }
}
