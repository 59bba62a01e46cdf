//! A house: the real program on a store and a bus of its own, with generated keys and a civil clock in a file. All services
//! in one process on SQLite, or one process a service on PostgreSQL and NATS. Everything it starts ends with it.

mod ask;
mod bus;
mod databases;
mod disk;
mod link;
mod links;
mod lis;
mod nats;
mod ports;
mod postgres;
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
use holdpoint_chassis::clock::{FileCivilClock, MachineClock};
use holdpoint_chassis::identity::{ISSUER, Signer};
use holdpoint_chassis::ids::Ids;
use jiff::Timestamp;
use tempfile::TempDir;

pub use ask::Answer;
pub use bus::{Bus, Published};
pub use databases::Copy;
pub use disk::{Disk, Torn};
pub use link::{Link, Passage};
pub use links::{NATS, POSTGRES};
pub use lis::Listener;
pub use nats::Nats;
pub use ports::run_of as free_ports;
pub use postgres::Postgres;
pub use program::repository;
pub use wait::{PATIENCE, until};

use links::Links;
use ports::Ports;
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
    /// Where a house apart has its databases.
    pub databases: Databases,
    /// Its databases and its bus keep what they have on disks that lose what was not flushed when the power fails.
    pub on_disks: bool,
    /// For figures: nothing between the processes, clocks as they are, lives as shipped.
    pub measured: bool,
}

/// Where a house apart has its databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Databases {
    /// On the server of the test run, which does not flush.
    Shared,
    /// On a server of the house's own, which may be killed and does not flush.
    Own,
    /// On a server of the house's own, which flushes as in production.
    Durable,
}

impl Plan {
    /// One process.
    pub const EMBEDDED: Self = Self {
        kind: Kind::Embedded,
        shuffled: None,
        databases: Databases::Shared,
        on_disks: false,
        measured: false,
    };
    /// One process a service.
    pub const APART: Self = Self { kind: Kind::Apart, ..Self::EMBEDDED };
    /// One process a service, as it is measured.
    pub const MEASURED: Self = Self { databases: Databases::Durable, measured: true, ..Self::APART };

    /// The same with every event twice and shuffled.
    pub fn shuffled(self, seed: u64) -> Self {
        Self { shuffled: Some(seed), ..self }
    }

    /// The same on disks of which the power can be cut, on a server of its own that flushes.
    pub fn on_disks(self) -> Self {
        Self { on_disks: true, databases: Databases::Durable, ..self }
    }

    /// The same with its databases elsewhere.
    pub fn on(self, databases: Databases) -> Self {
        Self { databases, ..self }
    }
}

/// A running house.
pub struct House {
    /// How it is built.
    pub kind: Kind,
    /// The NATS server, where it has one.
    pub nats: Option<Nats>,
    /// The database server of its own, where it has one.
    pub postgres: Option<Postgres>,
    links: Links,
    /// What its SQLite databases are on, where that loses what was not flushed.
    disk: Option<Disk>,
    folder: TempDir,
    /// Where its databases are that were made when it was opened.
    home: String,
    /// Where those are that its processes use.
    store: String,
    environment: BTreeMap<String, String>,
    ports: BTreeMap<&'static str, u16>,
    _held: Ports,
    units: Vec<Unit>,
    running: BTreeMap<&'static str, Running>,
}

impl House {
    /// Builds a house and waits until every service serves. Answers none, said in words, where this machine lacks a server that
    /// the house needs.
    pub async fn open(plan: Plan, at: Timestamp) -> anyhow::Result<Option<Self>> {
        Self::open_told(plan, at, &[]).await
    }

    /// The same, with settings of the caller's: name and value of each variable.
    pub async fn open_told(
        plan: Plan,
        at: Timestamp,
        told: &[(&str, String)],
    ) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("holdpoint-house-").tempdir()?;
        let held = ports::run_of(u16::try_from(SERVICES.len())?)?;
        let ports: BTreeMap<_, _> = SERVICES.iter().copied().zip(held.all()).collect();
        let (mut store, mut nats, mut postgres) =
            (folder.path().join("data").display().to_string(), None, None);
        let (mut links, mut disk) = (Links::default(), None);
        std::fs::create_dir_all(folder.path().join("data"))?;
        if plan.kind == Kind::Apart {
            let (Some(server), Some(bus)) =
                (databases::server(plan).await?, Nats::open(folder.path(), plan.on_disks).await?)
            else {
                return Ok(None);
            };
            if !plan.measured {
                let mut ends = ports.clone();
                ends.extend([(POSTGRES, ports::of(&server.0)?), (NATS, ports::of(&bus.url())?)]);
                links = Links::between(&ends).await?;
            }
            (store, postgres, nats) = (server.0, server.1, Some(bus));
        } else if plan.on_disks {
            disk = Disk::at(&folder.path().join("data"))?;
            if disk.is_none() {
                return Ok(None);
            }
        }
        let mut house = Self {
            kind: plan.kind,
            environment: BTreeMap::new(),
            units: units::of(plan.kind),
            running: BTreeMap::new(),
            disk,
            folder,
            home: store.clone(),
            store,
            nats,
            postgres,
            links,
            ports,
            _held: held,
        };
        house.set_civil(at)?;
        house.environment = settings::environment(&house, plan);
        house.environment.extend(told.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        house.ask(&["keys", "--keys", &house.keys()])?.expect_success()?;
        house.start_all(&SERVICES).await?;
        Ok(Some(house))
    }

    /// Where people reach each service, whatever stands between the services.
    pub fn addresses(&self) -> Addresses {
        self.ports
            .iter()
            .map(|(name, port)| ((*name).to_owned(), format!("http://127.0.0.1:{port}")))
            .collect()
    }

    /// First of the ports of its services.
    pub fn first_port(&self) -> u16 {
        self.ports[SERVICES[0]]
    }

    /// Where people are let in.
    pub fn desk(&self) -> anyhow::Result<Desk> {
        let desk = Desk::new(&self.addresses(), self.issuer()?, Ids::random())?;
        Ok(desk.dated_by(MachineClock::askew(self.askew_file())))
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
        self.start_armed(service, "").await
    }

    /// Starts the processes that run these services all at once, and waits until they serve.
    pub async fn start_all(&mut self, services: &[&str]) -> anyhow::Result<()> {
        for service in services {
            self.spawn(service, "")?;
        }
        for service in services {
            self.start(service).await?;
        }
        Ok(())
    }

    /// The same with steps at which the process ends or stands still: "dosing.claim.after-commit=return".
    pub async fn start_armed(&mut self, service: &str, steps: &str) -> anyhow::Result<()> {
        let unit = self.spawn(service, steps)?;
        for service in unit.services {
            let running = self.running.get_mut(unit.name).context("the process was just started")?;
            ready::serves(self.ports[service], running).await?;
        }
        Ok(())
    }

    /// The same, where the process may come to such a step before it serves: then it has fallen, which is what was wanted.
    pub async fn arm(&mut self, service: &str, steps: &str) -> anyhow::Result<()> {
        let unit = self.spawn(service, steps)?;
        for service in unit.services {
            let running = self.running.get_mut(unit.name).context("the process was just started")?;
            ready::serves_or_fell(self.ports[service], running).await?;
        }
        Ok(())
    }

    /// Starts the process that runs a service, unless it runs.
    fn spawn(&mut self, service: &str, steps: &str) -> anyhow::Result<Unit> {
        let unit = self.unit(service)?;
        if !self.running.contains_key(unit.name) {
            let mut set = self.environment.clone();
            set.extend(settings::of_process(self, unit.name, steps));
            let process = Running::start(unit.name, &unit.command(self), &set, self.folder.path())?;
            self.running.insert(unit.name, process);
        }
        Ok(unit)
    }

    /// Ends every process as a power cut would.
    pub fn kill_all(&mut self) -> anyhow::Result<()> {
        std::mem::take(&mut self.running).into_values().try_for_each(Running::kill)
    }

    /// Ends the process that runs a service as a power cut would: kill -9.
    pub fn kill(&mut self, service: &str) -> anyhow::Result<()> {
        self.take(service)?.kill()
    }

    /// Waits until the process that runs a service has ended by itself: it came to a step at which it ends.
    pub async fn falls(&mut self, service: &str) -> anyhow::Result<()> {
        let name = self.unit(service)?.name;
        let process = self.running.get_mut(name).with_context(|| format!("{name} does not run"))?;
        let what = format!("{service} ends at the step that is armed");
        until(&what, PATIENCE, async || Ok(process.ended()?.map(drop))).await?;
        self.running.remove(name);
        Ok(())
    }

    /// The power of the one machine fails: every process ends, and the disk holds what was flushed, and what was torn.
    pub async fn power_cut(&mut self, torn: Torn) -> anyhow::Result<()> {
        self.disk.as_ref().context("this house is on no such disk")?.power_off();
        self.kill_all()?;
        self.disk.as_mut().context("this house is on no such disk")?.power_on(torn).await?;
        self.start_all(&SERVICES).await
    }

    /// Fills the disk of every service, or makes room.
    pub fn full(&self, full: bool) -> anyhow::Result<()> {
        self.running.values().try_for_each(|process| process.full(full))
    }

    /// Id of the process that runs a service.
    pub fn process(&self, service: &str) -> anyhow::Result<u32> {
        Ok(self.running(service)?.id())
    }

    /// Sets the machine's clocks askew for every process: the wall's moved by seconds, the boot clock standing still.
    pub fn askew(&self, wall_seconds: i64, boot_stands: bool) -> anyhow::Result<()> {
        let still = if boot_stands { " still" } else { "" };
        let part = self.folder.path().join("askew.part");
        std::fs::write(&part, format!("{wall_seconds}{still}"))?;
        Ok(std::fs::rename(part, self.askew_file())?)
    }

    fn askew_file(&self) -> PathBuf {
        self.folder.path().join("askew")
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

    /// The database server of the house's own.
    pub fn postgres(&mut self) -> anyhow::Result<&mut Postgres> {
        self.postgres.as_mut().context("this house has no PostgreSQL of its own")
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
