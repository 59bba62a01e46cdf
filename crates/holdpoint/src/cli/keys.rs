//! `holdpoint keys`: makes the issuer's key and one for each service in a folder. A key that exists is left alone.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::host::make_missing;

/// The flags of `keys`.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// Folder of the keys; made where absent
    #[arg(long, value_name = "DIR", default_value = "holdpoint-data/keys")]
    keys: PathBuf,
}

impl Keys {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let made = make_missing(&self.keys)?;
        match made.is_empty() {
            true => println!("all keys are in {}", self.keys.display()),
            false => println!("made {} in {}", made.join(", "), self.keys.display()),
        }
        Ok(ExitCode::SUCCESS)
    }
}
