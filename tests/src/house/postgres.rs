//! A PostgreSQL server of a house's own, which can be killed and started again on the same port with what it had stored.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use rustix::process::geteuid;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

use super::ports::{self, Ports};
use super::process::Running;
use super::{Disk, PATIENCE, Torn, until};

/// The server.
pub struct Postgres {
    /// What its data is on, where that loses what was not flushed. Gone before the folder is.
    disk: Option<Disk>,
    folder: TempDir,
    programs: PathBuf,
    ports: Ports,
    durable: bool,
    running: Option<Running>,
}

impl Postgres {
    /// Makes and starts a server, which flushes to disk as in production where `durable`, and is on a disk of which the power
    /// can be cut where that is asked; none where this machine has no such server or disk.
    pub async fn open(durable: bool, on_disk: bool) -> anyhow::Result<Option<Self>> {
        let Some(programs) = holdpoint_testkit::servers::postgres_programs() else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("holdpoint-house-pg-").tempdir()?;
        // The server's own user must reach its data in here.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let disk = if on_disk { Disk::at(&data)? } else { None };
        if on_disk && disk.is_none() {
            return Ok(None);
        }
        let mut server = Self { disk, folder, programs, ports: ports::run_of(1)?, durable, running: None };
        server.make()?;
        server.start().await?;
        Ok(Some(server))
    }

    /// Its address, without a database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port())
    }

    /// The port at which it listens.
    pub fn port(&self) -> u16 {
        self.ports.first()
    }

    /// Starts it and waits until it takes connections. After a kill the processes of before may live for a moment: it is
    /// started again until they are gone.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let address = format!("{}/postgres", self.url());
        let mut process = self.spawn()?;
        until("PostgreSQL takes connections", PATIENCE, async || {
            if process.ended()?.is_some() {
                process = self.spawn()?;
            }
            let Ok(connection) = PgConnection::connect(&address).await else { return Ok(None) };
            connection.close().await?;
            Ok(Some(()))
        })
        .await?;
        self.running = Some(process);
        Ok(())
    }

    /// Ends it at once.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.running.take().context("PostgreSQL does not run")?.kill()
    }

    /// Its power fails.
    pub fn power_off(&mut self) -> anyhow::Result<()> {
        self.disk.as_ref().context("PostgreSQL is on no disk of which the power can be cut")?.power_off();
        self.kill()
    }

    /// The power is back: it starts on what was flushed, and what was torn.
    pub async fn power_on(&mut self, torn: Torn) -> anyhow::Result<()> {
        let disk = self.disk.as_mut().context("PostgreSQL is on no disk of which the power can be cut")?;
        disk.power_on(torn).await?;
        self.start().await
    }

    /// Fills its disk, or makes room.
    pub fn full(&self, full: bool) -> anyhow::Result<()> {
        let limit = if full { "--fsize=0:" } else { "--fsize=unlimited:" };
        for process in self.processes()? {
            let line = self.as_its_user(Path::new("prlimit"));
            let (program, words) = line.split_first().context("a command")?;
            let done =
                Command::new(program).args(words).args(["--pid", &process.to_string(), limit]).status()?;
            // A process of a session may end meanwhile.
            ensure!(done.success() || !Path::new(&format!("/proc/{process}")).exists(), "limit {process}");
        }
        Ok(())
    }

    /// Its own process and those that it has started.
    pub fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let first = self.running.as_ref().context("PostgreSQL does not run")?.id();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"))?;
        let children = children.split_whitespace().map(str::parse).collect::<Result<Vec<u32>, _>>()?;
        Ok([vec![first], children].concat())
    }

    fn make(&self) -> anyhow::Result<()> {
        let data = self.folder.path().join("data");
        if geteuid().is_root() {
            let done = Command::new("chown")
                .arg("postgres:postgres")
                .args([self.folder.path(), data.as_path()])
                .status()?;
            ensure!(done.success(), "chown of {} failed", data.display());
        }
        let line = self.as_its_user(&self.programs.join("initdb"));
        let (program, line) = line.split_first().context("a command")?;
        let done = Command::new(program)
            .args(line)
            .arg("-D")
            .arg(&data)
            .args([
                "-U",
                "postgres",
                "--auth=trust",
                if self.disk.is_some() { "--data-checksums" } else { "--no-sync" },
                "--no-instructions",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ])
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()?;
        ensure!(done.status.success(), "initdb failed: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    fn spawn(&self) -> anyhow::Result<Running> {
        let folder = self.folder.path().display().to_string();
        let mut line = self.as_its_user(&self.programs.join("postgres"));
        line.extend(["-D".to_owned(), format!("{folder}/data"), "-k".to_owned(), folder]);
        line.extend(["-p".to_owned(), self.port().to_string()]);
        let quick = ["fsync=off", "full_page_writes=off", "shared_buffers=32MB"];
        let settings = ["listen_addresses=127.0.0.1", "max_connections=200"];
        for setting in settings.iter().chain(quick.iter().filter(|_| !self.durable)) {
            line.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let (program, line) = line.split_first().context("a command")?;
        Running::of("postgres", program.as_ref(), line, &Default::default(), self.folder.path())
    }

    /// PostgreSQL refuses root; root becomes the user that the package made, and the process still ends with ours.
    fn as_its_user(&self, program: &Path) -> Vec<String> {
        let program = program.display().to_string();
        if !geteuid().is_root() {
            return vec![program];
        }
        let words = [
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "--pdeathsig",
            "KILL",
            "--",
        ];
        words.iter().map(|word| (*word).to_owned()).chain([program]).collect()
    }
}
