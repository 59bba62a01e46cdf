//! `holdpoint lis send`: sends files to a listener as a feed does. 0 where every one was accepted, else 1.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use crate::lis::{Client, connector};

/// The flags of `lis send`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SendFiles {
    /// Files, a message each
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The listener
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:2575")]
    to: String,
    /// Speaks TLS with a listener whose certificate one of these signed, PEM
    #[arg(long, value_name = "FILE")]
    tls_trust: Option<PathBuf>,
    /// How long it waits for an answer, seconds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait: u64,
    /// How often it sends a message that nobody answers
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
}

impl SendFiles {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let tls = self.tls_trust.as_deref().map(connector).transpose()?;
        let mut client = Client::new(&self.to, tls, Duration::from_secs(self.wait));
        let mut accepted = true;
        for file in &self.files {
            let message = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let heard = client.send(&message, self.tries).await?;
            accepted &= heard.code == "AA";
            println!("{}  {}  {}", heard.code, heard.control, file.display());
            for error in &heard.errors {
                println!("    {error}");
            }
        }
        Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
