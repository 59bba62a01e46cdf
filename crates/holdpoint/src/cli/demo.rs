//! `holdpoint demo`: plays a trial from its file to its last visit, prints a timeline and a closing table, and with `--json` one object
//! last. `--short` plays only the evening before.

use std::process::ExitCode;

use clap::Args;

use crate::demo::{self, Options};

/// The demo's flags.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Repeats the same story
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The trial: its id, or the path of its file with the folder `dictionary` beside it
    #[arg(long, default_value = "pgf-msc")]
    trial: String,
    /// Plays only the evening before: twelve subjects of the first trial, one evening, one morning
    #[arg(long, conflicts_with_all = ["trial", "size", "days"])]
    short: bool,
    /// Prints one JSON object as the last line
    #[arg(long)]
    json: bool,
    /// Prints neither timeline nor table
    #[arg(long)]
    quiet: bool,
    /// Where the databases are: a folder, or postgres://user@host/; a folder of its own when absent, removed at the end
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
    /// How events travel: local, or nats://host:4222
    #[arg(long, value_name = "BUS", default_value = "local")]
    bus: String,
    /// Stops allocating at so many, for tests
    #[arg(long, hide = true)]
    size: Option<u32>,
    /// Breaks off so many days after the first candidate, for tests
    #[arg(long, hide = true)]
    days: Option<u32>,
}

impl Demo {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let options = Options {
            seed: self.seed,
            trial: self.trial,
            short: self.short,
            size: self.size,
            days: self.days,
            store: self.store,
            bus: self.bus,
            quiet: self.quiet,
        };
        let summary = demo::run(&options).await?;
        if self.json {
            println!("{}", serde_json::to_string(&summary)?);
        } else if !self.quiet {
            println!("  took                      {:.1} s", summary.wall_s);
        }
        let kept = summary.infusions.started_after_effective == 0 && summary.journal.verified;
        Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
