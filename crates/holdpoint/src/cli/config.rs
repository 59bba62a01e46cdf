//! `holdpoint config show`: every setting with its value, secrets masked, and where the value comes from.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::common::Common;

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Shows every key with its value
    Show(Show),
}

/// The flags of `config show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    common: Common,
    /// Tells where each value comes from
    #[arg(long)]
    origin: bool,
}

impl Config {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Config::Show(show) = self;
        let settings = show.common.settings()?;
        for line in settings.shown() {
            match show.origin {
                true => println!("{} = {}    # {}", line.key, line.value, line.origin),
                false => println!("{} = {}", line.key, line.value),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
