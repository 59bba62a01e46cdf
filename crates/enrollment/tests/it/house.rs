//! One enrollment service with all it needs: its database, its peers, its clocks, and people to call it. Its bus
//! delivers everything twice and out of order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use holdpoint_api::common::v1::Role as PbRole;
use holdpoint_api::enrollment::v1::enrollment_client::EnrollmentClient;
use holdpoint_api::journal::v1 as journal_pb;
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_api::safety::v1 as safety_pb;
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
    By, Chain, Entry, Head, JournalService, Options, Parked, Relay, Store, TableSpec, Tx, Watch,
};
pub use holdpoint_testkit::Db;
use jiff::Timestamp;
use prost::Message;
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::person::Person;
use crate::safety::Script;

async fn open(db: &Db, service: &str, tables: Vec<TableSpec>) -> Store {
    let options = Options { acquire: Duration::from_secs(60), ..Options::default() };
    Store::open_with(&db.url, service, tables, options).await.unwrap()
}

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => { holdpoint_testkit::on_both_databases!(crate::house::House::over => $($name),+); };
}
pub(crate) use on_both_databases;

/// Runs each test on both databases, beside a labs, a followup and a dosing whose journals a test writes.
macro_rules! beside_all_peers {
    ($($name:ident),+ $(,)?) => { holdpoint_testkit::on_both_databases!(crate::house::House::beside_all => $($name),+); };
}
pub(crate) use beside_all_peers;

/// The house of one test. What it started ends with it.
pub struct House {
    pub civil: VirtualCivilClock,
    pub machine: TestMachine,
    pub safety: Script,
    pub store: Store,
    pub safety_store: Store,
    /// Journals of further peers, by name.
    told: BTreeMap<&'static str, Store>,
    /// Each copy of the service.
    urls: Vec<String>,
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
        Self::start(db, &[], 1).await
    }

    pub async fn beside_all(db: Db) -> Self {
        Self::start(db, &["labs", "followup", "dosing"], 1).await
    }

    /// Several copies of the service on one database.
    pub async fn copies(db: Db, copies: usize) -> Self {
        Self::start(db, &[], copies).await
    }

    async fn start(db: Db, told_by: &[&'static str], copies: usize) -> Self {
        let issuer = Signer::random(ISSUER).unwrap();
        let (own, safety_key) = (Signer::random("enrollment").unwrap(), Signer::random("safety").unwrap());
        let ring = Keyring::of([&issuer, &own, &safety_key]);
        let bus: SharedBus = Arc::new(Shuffled::new(Local::default(), 7));
        let (shutdown, safety) = (Shutdown::new(), Script::default());
        let civil = VirtualCivilClock::at(morning());
        let safety_store = open(&db, "safety", vec![]).await;
        let safety_url = serve(&ring, &shutdown, {
            let journal =
                JournalService::server(safety_store.clone(), Arc::new(Quiet), Arc::new(civil.clone()));
            let mut routes = Routes::builder();
            routes.add_service(safety.clone()).add_service(journal);
            routes.routes()
        })
        .await;
        relay(&safety_store, &bus, &shutdown);
        let mut addresses =
            BTreeMap::from([("safety", safety_url), ("dosing", "http://127.0.0.1:9".to_owned())]);
        let mut told = BTreeMap::new();
        for name in told_by {
            let store = open(&db, name, vec![]).await;
            let journal = JournalService::server(store.clone(), Arc::new(Quiet), Arc::new(civil.clone()));
            addresses.insert(name, serve(&ring, &shutdown, Routes::new(journal)).await);
            relay(&store, &bus, &shutdown);
            told.insert(*name, store);
        }
        let machine = TestMachine::default();
        let (mut urls, mut stores) = (vec![], vec![]);
        for _ in 0..copies {
            let store = open(&db, "enrollment", holdpoint_enrollment::tables()).await;
            let caller = Caller::service(own.clone(), MachineClock::new());
            let channel = |url: &String| connect(url, caller.clone(), Duration::from_secs(5)).unwrap();
            let peers = addresses.iter().map(|(name, url)| ((*name).to_owned(), channel(url)));
            let settings = EnrollmentSettings {
                tell_again_every_ms: 100,
                tell_within_ms: 8_000,
                ..EnrollmentSettings::default()
            };
            let hosted = holdpoint_enrollment::build(Deps {
                settings: Settings::default().with_section(settings),
                store: store.clone(),
                bus: bus.clone(),
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
            urls.push(serve(&ring, &shutdown, hosted.routes).await);
            stores.push(store);
        }
        let store = stores.swap_remove(0);
        let house =
            Self { civil, machine, safety, store, safety_store, told, urls, issuer, own, shutdown, _db: db };
        house.safety.reads(house.as_service());
        house
    }

    /// Somebody with a token in these roles.
    pub fn person(&self, name: &str, roles: &[Role]) -> Person {
        self.person_at(0, name, roles)
    }

    /// The same at one of the copies.
    pub fn person_at(&self, copy: usize, name: &str, roles: &[Role]) -> Person {
        let (clock, ids) = (MachineClock::new(), Ids::random());
        let token = self.issuer.issue(name, roles.iter().copied(), USUAL_LIFE, &clock, &ids).unwrap();
        let caller = Caller::bearer(&token).unwrap();
        let channel = connect(&self.urls[copy], caller, Duration::from_secs(60)).unwrap();
        Person::new(name, channel)
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> EnrollmentClient<ServiceChannel> {
        EnrollmentClient::new(connect(&self.urls[0], Caller::Nobody, Duration::from_secs(5)).unwrap())
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
        connect(&self.urls[0], caller, Duration::from_secs(10)).unwrap()
    }

    /// The trial registered, its principal investigator named, its site known; nothing in force.
    pub async fn registered(&self, trial_file: String) -> Person {
        let root = self.admin();
        let registered = root.register_trial(trial_file).await.unwrap();
        let trial = registered.protocol.unwrap().trial;
        let root = root.in_trial(&trial);
        root.delegate("gao", PbRole::PrincipalInvestigator).await.unwrap();
        root.register_site().await.unwrap();
        self.gao().in_trial(&trial)
    }

    /// The small trial in force: nothing assumed, one criterion.
    pub async fn small_trial(&self) -> Person {
        self.in_force(small_trial_file()).await
    }

    /// A trial in force, by a file in which nothing is assumed.
    pub async fn in_force(&self, trial_file: String) -> Person {
        let version = version_of(&trial_file);
        let gao = self.registered(trial_file).await;
        gao.approve_version(&version).await.unwrap();
        gao.activate_version(&version).await.unwrap();
        gao
    }

    /// A further version is in force.
    pub async fn amended(&self, trial_file: String) {
        let (gao, version) = (self.gao(), version_of(&trial_file));
        gao.register_trial(trial_file).await.unwrap();
        gao.approve_version(&version).await.unwrap();
        gao.activate_version(&version).await.unwrap();
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
        self.events_in(TRIAL).await
    }

    /// The same of another trial.
    pub async fn events_in(&self, trial: &str) -> Vec<(String, Vec<u8>)> {
        journal_in(self.as_service(), trial).await
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

    /// Safety opens a cohort of a trial.
    pub async fn opens(&self, trial: &str, cohort: &str) {
        let at = self.civil.now();
        let opened = safety_pb::CohortOpened {
            trial: trial.to_owned(),
            cohort: cohort.to_owned(),
            decision: "d-1".to_owned(),
            at: Some(prost_types::Timestamp { seconds: at.as_second(), nanos: 0 }),
        };
        let mut tx = self.safety_store.begin(&By::new("safety", at)).await.unwrap();
        let kind = "holdpoint.safety.v1.CohortOpened";
        tx.append(Entry::event(Chain::trial(trial), kind, opened.encode_to_vec()).critical());
        tx.commit().await.unwrap();
        self.heard("safety", trial).await;
    }

    /// Safety tells something, at a time of its own.
    pub async fn safety_tells_at(&self, at: Timestamp, kind: &'static str, message: &impl Message) {
        let by = By::new("safety", at);
        let mut tx = self.safety_store.begin(&by).await.unwrap();
        tx.append(Entry::event(Chain::trial(TRIAL), kind, message.encode_to_vec()).critical());
        tx.commit().await.unwrap();
    }

    /// Another peer tells something, and it is applied.
    pub async fn tells(&self, peer: &'static str, kind: &'static str, message: &impl Message) {
        let mut tx = self.begin_told(peer).await;
        tx.append(Self::entry(kind, message));
        tx.commit().await.unwrap();
        self.heard(peer, TRIAL).await;
    }

    /// A transaction of another peer's journal.
    pub async fn begin_told(&self, peer: &'static str) -> Tx {
        self.told[peer].begin(&By::new(peer, self.civil.now())).await.unwrap()
    }

    /// An event of the trial, as a peer's journal has it.
    pub fn entry(kind: &'static str, message: &impl Message) -> Entry {
        Entry::event(Chain::trial(TRIAL), kind, message.encode_to_vec()).critical()
    }

    /// Waits until all that a peer told of a trial was applied.
    pub async fn heard(&self, peer: &str, trial: &str) {
        let chain = Chain::trial(trial);
        let store = if peer == "safety" { &self.safety_store } else { &self.told[peer] };
        let head = store.head(&chain).await.unwrap();
        let applied = || async { self.store.cursor(peer, &chain).await.unwrap() == head };
        self.until("what was told is applied", applied).await;
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
    trial_file_of(TRIAL)
}

pub fn trial_file_of(trial: &str) -> String {
    std::fs::read_to_string(format!("{PROTOCOLS}/{trial}.toml")).unwrap()
}

pub fn dictionary(name: &str) -> String {
    std::fs::read_to_string(format!("{PROTOCOLS}/dictionary/{name}.toml")).unwrap()
}

/// The version that a file gives itself.
fn version_of(file: &str) -> String {
    let line = file.lines().find(|line| line.starts_with("version ")).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

/// The first trial with one criterion and nothing assumed: for tests that need many subjects.
pub fn small_trial_file() -> String {
    small_file_of(TRIAL)
}

/// Any trial with one criterion and nothing assumed.
pub fn small_file_of(trial: &str) -> String {
    without(&trial_file_of(trial), |section| {
        let criterion = section.starts_with("[include.") || section.starts_with("[exclude.");
        criterion && section != "[include.consent]"
    })
}

/// The small trial whose file has no rules.
pub fn trial_file_without_rules() -> String {
    without(&trial_file(), |section| {
        let criterion = section.starts_with("[include.") || section.starts_with("[exclude.");
        (criterion && section != "[include.consent]") || section.starts_with("[rule.")
    })
}

/// A trial's file, nothing assumed, without some of its sections.
pub fn without(file: &str, leaves_out: impl Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    let mut skipping = false;
    for line in file.lines() {
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

/// The events of a trial in the journal behind a channel, by kind and encoded message; empty data for audit rows.
pub async fn journal_in(service: ServiceChannel, trial: &str) -> Vec<(String, Vec<u8>)> {
    let request =
        journal_pb::ReadRequest { chain: trial.to_owned(), after: Some(Default::default()), up_to: 0 };
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
