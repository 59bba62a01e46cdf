//! `holdpoint report consistency`: asks the five services of a running house and prints one page. 0 where everything fits, 1 where
//! something does not, 3 where a service could not be asked.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use holdpoint_chassis::identity::Role;

use super::reading::Reading;
use crate::consistency;

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
    reading: Reading,
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
        let reader = self.reading.reader(Role::Auditor)?;
        consistency::report(&reader, &self.reading.trial).await
    }
}
