//! One enrollment service with all it needs: its database, its peers, its clocks, and people to call it. Its bus
//! delivers everything twice and out of order.

use std::sync::Arc;
use std::time::Duration;

use holdpoint_api::common::v1::Role as PbRole;
use holdpoint_api::journal::v1 as journal_pb;
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_bus::{Bus, Local, SharedBus, Shuffled};
use holdpoint_chassis::client::{Caller, ServiceChannel, connect};
use holdpoint_chassis::clock::{CivilClock as _, MachineClock, TestMachine, VirtualCivilClock};
use holdpoint_chassis::config::{ServerSettings, Settings};
use holdpoint_chassis::identity::{ISSUER, Keyring, Role, Signer, USUAL_LIFE};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::server::Server;
use holdpoint_enrollment::EnrollmentSettings;
use holdpoint_journal::host::{Deps, Peers};
use holdpoint_journal::{
    By, Chain, Entry, Head, JournalService, Options, Parked, Relay, Store, TableSpec, Watch,
};
use holdpoint_testkit::servers;
use jiff::Timestamp;
use prost::Message;
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::person::Person;
use crate::safety::Script;

/// A database for one test.
pub struct Db {
    url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Db {
    pub fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        Some(Self { url: format!("sqlite://{}/", folder.path().display()), _folder: Some(folder) })
    }

    pub fn postgres() -> Option<Self> {
        servers::postgres().map(|url| Self { url, _folder: None })
    }

    async fn open(&self, service: &str, tables: Vec<TableSpec>) -> Store {
        let options = Options { acquire: Duration::from_secs(60), ..Options::default() };
        Store::open_with(&self.url, service, tables, options).await.unwrap()
    }
}

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
            let Some(db) = crate::house::Db::sqlite() else { return };
            super::$name(crate::house::House::over(db).await).await;
        })+ }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
            let Some(db) = crate::house::Db::postgres() else { return };
            super::$name(crate::house::House::over(db).await).await;
        })+ }
    };
}
pub(crate) use on_both_databases;

/// The house of one test. What it started ends with it.
pub struct House {
    pub civil: VirtualCivilClock,
    pub machine: TestMachine,
    pub safety: Script,
    pub store: Store,
    pub safety_store: Store,
    url: String,
    issuer: Signer,
    own: Signer,
    shutdown: Shutdown,
    _db: Db,
}

impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

/// 8 in the morning of 2 March 2026 in Chongqing.
pub fn morning() -> Timestamp {
    "2026-03-02T08:00:00+08:00".parse().unwrap()
}

struct Quiet;

impl Watch for Quiet {
    fn on_own_rollback<'a>(
        &'a self,
        _: &'a Chain,
        _: &'a str,
        _: Head,
    ) -> futures::future::BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn on_peer_rollback<'a>(
        &'a self,
        _: &'a str,
        _: &'a Chain,
        _: Head,
        _: Head,
    ) -> futures::future::BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn on_parked<'a>(&'a self, _: &'a Parked) -> futures::future::BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

impl House {
    pub async fn over(db: Db) -> Self {
        let issuer = Signer::random(ISSUER).unwrap();
        let (own, safety_key) = (Signer::random("enrollment").unwrap(), Signer::random("safety").unwrap());
        let ring = Keyring::of([&issuer, &own, &safety_key]);
        let bus: SharedBus = Arc::new(Shuffled::new(Local::default(), 7));
        let (shutdown, safety) = (Shutdown::new(), Script::default());
        let civil = VirtualCivilClock::at(morning());
        let safety_store = db.open("safety", vec![]).await;
        let safety_url = serve(&ring, &shutdown, {
            let journal =
                JournalService::server(safety_store.clone(), Arc::new(Quiet), Arc::new(civil.clone()));
            let mut routes = Routes::builder();
            routes.add_service(safety.clone()).add_service(journal);
            routes.routes()
        })
        .await;
        relay(&safety_store, &bus, &shutdown);
        let machine = TestMachine::default();
        let store = db.open("enrollment", holdpoint_enrollment::tables()).await;
        let caller = Caller::service(own.clone(), MachineClock::new());
        let channel = |url: &str| connect(url, caller.clone(), Duration::from_secs(5)).unwrap();
        let peers = [
            ("safety".to_owned(), channel(&safety_url)),
            ("dosing".to_owned(), channel("http://127.0.0.1:9")),
        ];
        let settings = EnrollmentSettings {
            tell_again_every_ms: 100,
            tell_within_ms: 8_000,
            ..EnrollmentSettings::default()
        };
        let hosted = holdpoint_enrollment::build(Deps {
            settings: Settings::default().with_section(settings),
            store: store.clone(),
            bus,
            civil: Arc::new(civil.clone()),
            machine: MachineClock::test(&machine),
            ids: Ids::random(),
            peers: Peers::new(peers),
            shutdown: shutdown.token(),
        })
        .await
        .unwrap();
        for (_, task) in hosted.tasks {
            shutdown.spawn(task);
        }
        let url = serve(&ring, &shutdown, hosted.routes).await;
        let house = Self { civil, machine, safety, store, safety_store, url, issuer, own, shutdown, _db: db };
        house.safety.reads(house.as_service());
        house
    }

    /// Somebody with a token in these roles.
    pub fn person(&self, name: &str, roles: &[Role]) -> Person {
        let (clock, ids) = (MachineClock::new(), Ids::random());
        let token = self.issuer.issue(name, roles.iter().copied(), USUAL_LIFE, &clock, &ids).unwrap();
        let channel = connect(&self.url, Caller::bearer(&token).unwrap(), Duration::from_secs(30)).unwrap();
        Person::new(name, channel)
    }

    pub fn admin(&self) -> Person {
        self.person("root", &[Role::Administrator])
    }

    /// The principal investigator.
    pub fn gao(&self) -> Person {
        self.person("gao", &[Role::PrincipalInvestigator])
    }

    /// A service's channel to enrollment.
    pub fn as_service(&self) -> ServiceChannel {
        let caller = Caller::service(self.own.clone(), MachineClock::new());
        connect(&self.url, caller, Duration::from_secs(10)).unwrap()
    }

    /// The trial registered, its principal investigator named, its site known; nothing in force.
    pub async fn registered(&self, trial_file: String) -> Person {
        let root = self.admin();
        root.register_trial(trial_file).await.unwrap();
        root.delegate("gao", PbRole::PrincipalInvestigator).await.unwrap();
        root.register_site().await.unwrap();
        self.gao()
    }

    /// The small trial in force: nothing assumed, one criterion.
    pub async fn small_trial(&self) -> Person {
        self.in_force(small_trial_file()).await
    }

    /// A trial in force, by a file in which nothing is assumed.
    pub async fn in_force(&self, trial_file: String) -> Person {
        let gao = self.registered(trial_file).await;
        gao.approve().await.unwrap();
        gao.activate().await.unwrap();
        gao
    }

    /// The whole trial in force.
    pub async fn whole_trial(&self) -> Person {
        let gao = self.registered(trial_file()).await;
        gao.confirm_all().await;
        gao.approve().await.unwrap();
        gao.activate().await.unwrap();
        gao
    }

    /// Enrollment's events of the trial so far, by kind and encoded message; empty data for audit rows.
    pub async fn events(&self) -> Vec<(String, Vec<u8>)> {
        journal_of(self.as_service()).await
    }

    /// The events of one kind.
    pub async fn events_of<T: Message + Default>(&self, kind: &str) -> Vec<T> {
        let kind = format!("holdpoint.enrollment.v1.{kind}");
        let all = self.events().await;
        all.iter()
            .filter(|(of, _)| *of == kind)
            .map(|(_, data)| T::decode(data.as_slice()).unwrap())
            .collect()
    }

    /// Safety tells something.
    pub async fn safety_tells(&self, kind: &'static str, message: &impl Message) {
        self.safety_tells_at(self.civil.now(), kind, message).await;
    }

    /// Safety tells something, at a time of its own.
    pub async fn safety_tells_at(&self, at: Timestamp, kind: &'static str, message: &impl Message) {
        let by = By::new("safety", at);
        let mut tx = self.safety_store.begin(&by).await.unwrap();
        tx.append(Entry::event(Chain::trial(TRIAL), kind, message.encode_to_vec()).critical());
        tx.commit().await.unwrap();
    }

    /// Waits until something is so. Polls, and gives up after half a minute.
    pub async fn until<F, Fut>(&self, what: &str, so: F)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = bool>,
    {
        for _ in 0..600 {
            if so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never came to this: {what}");
    }
}

/// The first trial.
pub const TRIAL: &str = "pgf-msc";

const PROTOCOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocols");

pub fn trial_file() -> String {
    std::fs::read_to_string(format!("{PROTOCOLS}/pgf-msc.toml")).unwrap()
}

pub fn dictionary(name: &str) -> String {
    std::fs::read_to_string(format!("{PROTOCOLS}/dictionary/{name}.toml")).unwrap()
}

/// The first trial with one criterion and nothing assumed: for tests that need many subjects.
pub fn small_trial_file() -> String {
    trial_file_without(|section| {
        let criterion = section.starts_with("[include.") || section.starts_with("[exclude.");
        criterion && section != "[include.consent]"
    })
}

/// The small trial whose file has no rules.
pub fn trial_file_without_rules() -> String {
    trial_file_without(|section| {
        let criterion = section.starts_with("[include.") || section.starts_with("[exclude.");
        (criterion && section != "[include.consent]") || section.starts_with("[rule.")
    })
}

/// The first trial's file, nothing assumed, without some of its sections.
fn trial_file_without(leaves_out: impl Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    let mut skipping = false;
    for line in trial_file().lines() {
        if line.starts_with('[') {
            skipping = leaves_out(line);
        }
        if !skipping && !line.starts_with("assumed") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The events of the trial in the journal behind a channel, by kind and encoded message; empty data for audit rows.
pub async fn journal_of(service: ServiceChannel) -> Vec<(String, Vec<u8>)> {
    let request =
        journal_pb::ReadRequest { chain: TRIAL.to_owned(), after: Some(Default::default()), up_to: 0 };
    let answer = JournalClient::new(service).read(request).await.unwrap();
    let mut rows = answer.into_inner();
    let mut events = vec![];
    while let Some(row) = rows.message().await.unwrap() {
        let envelope = journal_pb::Envelope::decode(row.public.as_slice()).unwrap();
        events.push((envelope.r#type, envelope.data.unwrap_or_default()));
    }
    events
}

async fn serve(ring: &Keyring, shutdown: &Shutdown, routes: Routes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = ServerSettings { drain_s: 0, ..ServerSettings::default() };
    let server = Server::new(&settings, ring.clone(), MachineClock::new()).unwrap().add_routes(routes);
    let shutdown = shutdown.clone();
    tokio::spawn(async move { server.serve(listener, &shutdown).await });
    url
}

fn relay(store: &Store, bus: &Arc<dyn Bus>, shutdown: &Shutdown) {
    let relay = Relay::new(store.clone(), bus.clone(), MachineClock::new());
    shutdown.spawn(relay.run(shutdown.token()));
}
