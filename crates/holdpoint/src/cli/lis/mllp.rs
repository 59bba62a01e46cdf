//! `holdpoint lis mllp`: listens until it is asked to stop. Says where it listens, so that port 0 takes a free one.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::telemetry;
use tokio::net::TcpListener;

use super::ToLabs;
use crate::lis::{LONGEST, Limits, Listener, Network, Peers, acceptor};

/// The flags of `lis mllp`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Mllp {
    #[command(flatten)]
    to: ToLabs,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:2575")]
    listen: SocketAddr,
    /// An address or network that is let in, as 10.20.0.7 or 10.20.0.0/16; may be given several times. None: this machine alone
    #[arg(long = "peer", value_name = "ADDRESS")]
    peers: Vec<Network>,
    /// Longest message, bytes
    #[arg(long, default_value_t = LONGEST, value_parser = longest)]
    longest: usize,
    /// Most connections at a time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// How long the other side may stand still inside a frame, seconds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    patience: u64,
    /// Certificate and chain, PEM: the listener speaks TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Who signs the certificates of those that are let in, PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_clients: Option<PathBuf>,
}

fn longest(text: &str) -> Result<usize, String> {
    let fits = |bytes: &usize| (1_024..=LONGEST).contains(bytes);
    text.parse().ok().filter(fits).ok_or_else(|| format!("allowed is 1024 to {LONGEST}"))
}

impl Mllp {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let telemetry = telemetry::start(&self.to.common.settings()?.telemetry, "lis")?;
        let tls = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(acceptor(certificate, key, self.tls_clients.as_deref())?),
            _ => None,
        };
        let limits = Limits {
            longest: self.longest,
            patience: Duration::from_secs(self.patience),
            connections: self.connections.into(),
        };
        let line = self.to.line()?;
        let socket = TcpListener::bind(self.listen).await;
        let socket = socket.with_context(|| format!("cannot listen at {}", self.listen))?;
        println!("mllp         {}", socket.local_addr()?);
        let shutdown = Shutdown::new();
        shutdown.on_signals()?;
        let listener = Listener { socket, peers: Peers::of(self.peers), limits, tls, line };
        listener.run(shutdown.token()).await;
        telemetry.end().await;
        Ok(ExitCode::SUCCESS)
    }
}
