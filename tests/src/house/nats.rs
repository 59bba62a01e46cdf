//! A nats-server of the house's own, which can be stopped and started again on the same port with what it had stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::ports::{self, Ports};
use super::process::Running;
use super::{Disk, PATIENCE, Torn, until};

/// The server.
pub struct Nats {
    folder: PathBuf,
    program: PathBuf,
    ports: Ports,
    disk: Option<Disk>,
    running: Option<Running>,
}

impl Nats {
    /// Starts a server, which keeps what it has on a disk of which the power can be cut where that is asked; none where this
    /// machine has no nats-server, or no such disk.
    pub(super) async fn open(folder: &Path, on_disk: bool) -> anyhow::Result<Option<Self>> {
        let Some(program) = holdpoint_testkit::servers::nats_program() else { return Ok(None) };
        let folder = folder.to_path_buf();
        let mut nats = Self { folder, program, ports: ports::run_of(1)?, disk: None, running: None };
        if on_disk {
            std::fs::create_dir(nats.stored())?;
            nats.disk = Disk::at(&nats.stored())?;
            if nats.disk.is_none() {
                return Ok(None);
            }
        }
        nats.start().await?;
        Ok(Some(nats))
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port())
    }

    fn port(&self) -> u16 {
        self.ports.first()
    }

    /// Starts it and waits until it greets.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let line = ["-a", "127.0.0.1", "-p", &self.port().to_string(), "-js", "-sd", "jetstream"];
        let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let mut process = Running::of("nats", &self.program, &line, &BTreeMap::new(), &self.folder)?;
        until("nats-server greets", PATIENCE, async || {
            process.must_run()?;
            Ok(greets(self.port()).await.then_some(()))
        })
        .await?;
        self.running = Some(process);
        Ok(())
    }

    /// Starts it anew with nothing stored.
    pub(super) async fn forget(&mut self) -> anyhow::Result<()> {
        self.kill()?;
        std::fs::remove_dir_all(self.stored())?;
        self.start().await
    }

    /// Copies what it has stored. It must not run.
    pub fn copy(&self) -> anyhow::Result<PathBuf> {
        let copy = self.folder.join("jetstream.copy");
        self.put(&self.stored(), &copy)?;
        Ok(copy)
    }

    /// Puts a copy in the place of what it has stored.
    pub fn restore(&self, copy: &Path) -> anyhow::Result<()> {
        self.put(copy, &self.stored())
    }

    fn stored(&self) -> PathBuf {
        self.folder.join("jetstream")
    }

    fn put(&self, from: &Path, to: &Path) -> anyhow::Result<()> {
        ensure!(self.running.is_none(), "NATS must rest while what it has stored is copied");
        if to.exists() {
            std::fs::remove_dir_all(to)?;
        }
        let done = Command::new("cp").arg("-a").args([from, to]).status()?;
        ensure!(done.success(), "cannot copy {} to {}", from.display(), to.display());
        Ok(())
    }

    /// Its power fails.
    pub fn power_off(&mut self) -> anyhow::Result<()> {
        self.disk.as_ref().context("NATS is on no disk of which the power can be cut")?.power_off();
        self.kill()
    }

    /// The power is back: it starts on what was flushed, and what was torn.
    pub async fn power_on(&mut self, torn: Torn) -> anyhow::Result<()> {
        let disk = self.disk.as_mut().context("NATS is on no disk of which the power can be cut")?;
        disk.power_on(torn).await?;
        self.start().await
    }

    /// Ends it at once.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.running.take().context("nats-server does not run")?.kill()
    }
}

/// A server that is ready greets with INFO.
async fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { return false };
    let mut first = [0_u8; 4];
    stream.read_exact(&mut first).await.is_ok() && &first == b"INFO"
}
