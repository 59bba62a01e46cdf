//! A house: the real program on a store and a bus of its own, with generated keys and a civil clock in a file. All services
//! in one process on SQLite, or one process a service on PostgreSQL and NATS. Everything it starts ends with it.

mod ask;
mod databases;
mod gate;
mod nats;
mod ports;
mod process;
mod program;
mod ready;
mod settings;
mod units;
mod wait;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use holdpoint::client::{Addresses, Desk};
use holdpoint_chassis::clock::FileCivilClock;
use holdpoint_chassis::identity::{ISSUER, Signer};
use holdpoint_chassis::ids::Ids;
use holdpoint_testkit::servers::{self, Private};
use jiff::Timestamp;
use tempfile::TempDir;

pub use ask::Answer;
pub use databases::Copy;
pub use gate::{Gate, Passage};
pub use nats::Nats;
pub use program::repository;
pub use wait::{PATIENCE, until};

use process::Running;
use units::Unit;

/// The services, in the order of their ports.
pub const SERVICES: [&str; 5] = ["enrollment", "dosing", "safety", "labs", "followup"];

/// How a house is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `holdpoint up`: one process, SQLite, delivery in process.
    Embedded,
    /// `holdpoint serve`: one process a service, PostgreSQL, NATS.
    Apart,
}

/// What is asked of a house.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How it is built.
    pub kind: Kind,
    /// Seed of a bus that delivers every event twice and shuffled; none for a bus that behaves.
    pub shuffled: Option<u64>,
    /// For figures: a PostgreSQL of its own that flushes as in production, nothing between the services, lives as shipped.
    pub measured: bool,
}

impl Plan {
    /// One process.
    pub const EMBEDDED: Self = Self { kind: Kind::Embedded, shuffled: None, measured: false };
    /// One process a service.
    pub const APART: Self = Self { kind: Kind::Apart, ..Self::EMBEDDED };
    /// One process a service, as it is measured.
    pub const MEASURED: Self = Self { measured: true, ..Self::APART };

    /// The same with every event twice and shuffled.
    pub fn shuffled(self, seed: u64) -> Self {
        Self { shuffled: Some(seed), ..self }
    }
}

/// A running house.
pub struct House {
    /// How it is built.
    pub kind: Kind,
    /// The NATS server, where it has one.
    pub nats: Option<Nats>,
    /// What stands between the other services and safety, where they are apart.
    pub safety_gate: Option<Gate>,
    folder: TempDir,
    /// Where its databases are that were made when it was opened.
    home: String,
    /// Where those are that its processes use.
    store: String,
    environment: BTreeMap<String, String>,
    ports: BTreeMap<&'static str, u16>,
    units: Vec<Unit>,
    running: BTreeMap<&'static str, Running>,
    _server: Option<Private>,
}

impl House {
    /// Builds a house and waits until every service serves. Answers none, said in words, where this machine lacks a server that
    /// the house needs.
    pub async fn open(plan: Plan, at: Timestamp) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("holdpoint-house-").tempdir()?;
        let first = ports::run_of(SERVICES.len())?;
        let ports: BTreeMap<_, _> = SERVICES.iter().copied().zip(first..).collect();
        let server = if plan.measured { servers::private_postgres(true) } else { None };
        let (store, nats, safety_gate) = match plan.kind {
            Kind::Embedded => (folder.path().join("data").display().to_string(), None, None),
            Kind::Apart => {
                let store = match &server {
                    Some(server) => Some(format!("{}/measured", server.url())),
                    None => servers::postgres(),
                };
                let (Some(store), Some(nats)) = (store, Nats::open(folder.path()).await?) else {
                    return Ok(None);
                };
                let gate = if plan.measured { None } else { Some(Gate::before(ports["safety"]).await?) };
                (store, Some(nats), gate)
            }
        };
        let mut house = Self {
            kind: plan.kind,
            environment: BTreeMap::new(),
            units: units::of(plan.kind),
            running: BTreeMap::new(),
            folder,
            home: store.clone(),
            store,
            nats,
            safety_gate,
            ports,
            _server: server,
        };
        std::fs::create_dir_all(house.folder.path().join("data"))?;
        house.set_civil(at)?;
        house.environment = settings::environment(&house, plan);
        house.ask(&["keys", "--keys", &house.keys()])?.expect_success()?;
        for service in SERVICES {
            house.start(service).await?;
        }
        Ok(Some(house))
    }

    /// Where people reach each service, whatever stands between the services.
    pub fn addresses(&self) -> Addresses {
        self.ports
            .iter()
            .map(|(name, port)| ((*name).to_owned(), format!("http://127.0.0.1:{port}")))
            .collect()
    }

    /// Where people are let in.
    pub fn desk(&self) -> anyhow::Result<Desk> {
        Desk::new(&self.addresses(), self.issuer()?, Ids::random())
    }

    /// Signs people's tokens.
    pub fn issuer(&self) -> anyhow::Result<Signer> {
        Signer::load(&self.folder.path().join("keys").join(format!("{ISSUER}.key")))
    }

    /// Sets the civil clock of every process.
    pub fn set_civil(&self, to: Timestamp) -> anyhow::Result<()> {
        FileCivilClock::write(&self.clock_file(), to)
    }

    /// Starts the process that runs a service, unless it runs, and waits until the service serves.
    pub async fn start(&mut self, service: &str) -> anyhow::Result<()> {
        let unit = self.unit(service)?;
        self.launch(unit)?;
        for service in unit.services {
            let running = self.running.get_mut(unit.name).context("the process was just started")?;
            ready::serves(self.ports[service], running).await?;
        }
        Ok(())
    }

    /// Starts a process, unless it runs.
    fn launch(&mut self, unit: Unit) -> anyhow::Result<()> {
        if !self.running.contains_key(unit.name) {
            let process =
                Running::start(unit.name, &unit.command(self), &self.environment, self.folder.path())?;
            self.running.insert(unit.name, process);
        }
        Ok(())
    }

    /// Ends every process as a power cut would.
    pub fn kill_all(&mut self) -> anyhow::Result<()> {
        std::mem::take(&mut self.running).into_values().try_for_each(Running::kill)
    }

    /// Ends the process that runs a service as a power cut would: kill -9.
    pub fn kill(&mut self, service: &str) -> anyhow::Result<()> {
        self.take(service)?.kill()
    }

    /// Asks the process that runs a service to end, and waits until it has.
    pub async fn stop(&mut self, service: &str) -> anyhow::Result<()> {
        self.take(service)?.stop().await
    }

    /// Stops every process.
    pub async fn stop_all(&mut self) -> anyhow::Result<()> {
        for process in std::mem::take(&mut self.running).into_values() {
            process.stop().await?;
        }
        Ok(())
    }

    /// Stands a service's process still (SIGSTOP), until [`House::thaw`].
    pub fn freeze(&self, service: &str) -> anyhow::Result<()> {
        self.running(service)?.freeze()
    }

    /// Lets it go on.
    pub fn thaw(&self, service: &str) -> anyhow::Result<()> {
        self.running(service)?.thaw()
    }

    /// The bus of a house apart.
    pub fn nats(&mut self) -> anyhow::Result<&mut Nats> {
        self.nats.as_mut().context("this house has no NATS server")
    }

    /// What stands before safety in a house apart.
    pub fn safety_gate(&self) -> anyhow::Result<&Gate> {
        self.safety_gate.as_ref().context("this house has no gate before safety")
    }

    fn unit(&self, service: &str) -> anyhow::Result<Unit> {
        let unit = self.units.iter().find(|unit| unit.services.contains(&service));
        unit.copied().with_context(|| format!("no process of this house runs {service}"))
    }

    fn running(&self, service: &str) -> anyhow::Result<&Running> {
        let name = self.unit(service)?.name;
        self.running.get(name).with_context(|| format!("{name} does not run"))
    }

    fn take(&mut self, service: &str) -> anyhow::Result<Running> {
        let name = self.unit(service)?.name;
        self.running.remove(name).with_context(|| format!("{name} does not run"))
    }

    /// The file of the civil clock that every process reads.
    pub fn clock_file(&self) -> PathBuf {
        self.folder.path().join("civil-clock")
    }

    /// What its processes have logged so far. There is something in it, or nothing was logged at all.
    pub fn logs(&self) -> anyhow::Result<String> {
        let logs = process::logs(self.folder.path())?;
        anyhow::ensure!(!logs.is_empty(), "the processes of this house log nothing");
        Ok(logs)
    }

    /// Folder of the keys, as the program is told it.
    pub fn keys(&self) -> String {
        self.folder.path().join("keys").display().to_string()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.running.clear();
        process::print_logs(self.folder.path());
    }
}
