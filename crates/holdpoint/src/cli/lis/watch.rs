//! `holdpoint lis watch`: looks into a folder until it is asked to stop, or once.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::telemetry;
use tokio::time::sleep;

use super::ToLabs;
use crate::lis::{Folder, Looked};

/// The flags of `lis watch`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Watch {
    /// The folder: files are put in under another name and renamed to one that ends in .hl7 when they are whole
    folder: PathBuf,
    #[command(flatten)]
    to: ToLabs,
    /// Between one look and the next, milliseconds
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    every: u64,
    /// Takes what is there and ends: 0 where all was kept, 1 where something was refused or waits
    #[arg(long)]
    once: bool,
}

impl Watch {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let telemetry = telemetry::start(&self.to.common.settings()?.telemetry, "lis")?;
        let mut folder = Folder::open(&self.folder, self.to.line()?)?;
        let shutdown = Shutdown::new();
        shutdown.on_signals()?;
        let ended = loop {
            let looked = folder.look().await?;
            if looked != Looked::default() {
                let Looked { done, failed, waiting } = looked;
                println!("{done} done, {failed} failed, {waiting} waiting");
            }
            if self.once {
                break if looked.failed + looked.waiting == 0 {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                };
            }
            tokio::select! {
                () = sleep(Duration::from_millis(self.every)) => {}
                () = shutdown.requested() => break ExitCode::SUCCESS,
            }
        };
        telemetry.end().await;
        Ok(ended)
    }
}
