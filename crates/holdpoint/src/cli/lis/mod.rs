//! `holdpoint lis`: the ways in for a laboratory's system, how its feeds do, and a client for trying a listener out.

mod mllp;
mod send;
mod status;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use holdpoint_chassis::faults;
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;

use super::common::Common;
use crate::client::Badge;
use crate::host::names;
use crate::lis::{Line, Speaks};

/// What to do for a laboratory.
#[derive(Debug, Subcommand)]
pub(super) enum Lis {
    /// Listens for HL7 messages in MLLP frames and hands them to labs; each is answered once, after labs committed it
    Mllp(mllp::Mllp),
    /// Watches a folder of files, a message each, and hands them to labs
    Watch(watch::Watch),
    /// Sends files to a listener as a feed does, and prints what was answered
    Send(send::SendFiles),
    /// Lists the feeds that may report on a trial: last message, lag, what was refused, silence
    Status(status::StatusOf),
}

impl Lis {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Mllp(mllp) => mllp.run().await,
            Self::Watch(watch) => watch.run().await,
            Self::Send(send) => send.run().await,
            Self::Status(status) => status.run().await,
        }
    }
}

/// Where labs is, and which feed speaks to it.
#[derive(Debug, Args)]
struct ToLabs {
    #[command(flatten)]
    common: Common,
    /// The feed: the name under which it was registered
    #[arg(long)]
    feed: String,
    /// Address of labs; without it, labs is where `[peers]` says, or beside the first port of the settings
    #[arg(long, value_name = "URL")]
    labs: Option<String>,
    /// Folder of the keys, the issuer's among them
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// A file with the feed's token, which whoever renews it writes anew; then no key is needed here
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    token_file: Option<PathBuf>,
    /// How long one message waits for a labs that is away, seconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait: u64,
}

impl ToLabs {
    fn line(&self) -> anyhow::Result<Line> {
        let settings = self.common.settings()?;
        let ids = Ids::random();
        let speaks = match &self.token_file {
            Some(file) => Speaks::File(file.clone()),
            None => {
                let keys = self.keys.clone().unwrap_or_else(|| settings.identity.keys.clone());
                let issuer = Signer::load(&keys.join(format!("{ISSUER}.key")))?;
                let clock = (faults::machine(settings.mode), ids.fork("tokens"));
                let badge =
                    Badge::new(&self.feed, &[Role::LaboratoryFeed], issuer, clock, Duration::from_secs(10));
                Speaks::Badge(Box::new(badge))
            }
        };
        let beside = || {
            let port = names().zip(settings.server.port..).find(|(name, _)| *name == holdpoint_labs::NAME);
            port.map(|(_, port)| format!("http://{}:{port}", settings.server.host))
        };
        let stated = || settings.peers.0.get(holdpoint_labs::NAME).cloned();
        let address = self.labs.clone().or_else(stated).or_else(beside).unwrap_or_default();
        Line::new(&address, speaks, ids, Duration::from_secs(self.wait))
    }
}
