//! `holdpoint init`: what an installation needs once, before its first start.

mod secrets;

use std::process::ExitCode;

use clap::Subcommand;

/// What to make.
#[derive(Debug, Subcommand)]
pub(super) enum Init {
    /// Makes every key and password of an installation, one file each, readable by its owner alone
    Secrets(secrets::Secrets),
}

impl Init {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Secrets(secrets) = self;
        secrets.run()
    }
}
