//! What the journal's tests stand on: a database of each kind, a bus of each kind, a service with a journal and a
//! reader that counts what it applied.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_bus::{JetStream, JetStreamOptions, Local, SharedBus, Shuffled};
use holdpoint_chassis::clock::{Civil, VirtualCivilClock};
use holdpoint_chassis::error::Error;
use holdpoint_journal::{
    Aggregate, By, Chain, Entry, Event, Follower, FollowerParts, Head, JournalService, Key, Opened, Options,
    Outcome, Parked, Patience, Peer, ReactError, Reactor, Store, TableSpec, Tx, Watch,
};
use holdpoint_testkit::servers;
use jiff::Timestamp;
use sea_orm::ConnectionTrait as _;
use serde::{Deserialize, Serialize};

/// A lot as a service might keep one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    pub id: String,
    pub trial: String,
    pub number: Option<String>,
    pub bags: u32,
}

impl Aggregate for Lot {
    const TABLE: &'static str = "lot";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::unique("number"), Key::number("held")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.clone()), self.number.clone(), Some(self.bags.to_string())]
    }
}

/// How far a reader counted, for one chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub chain: String,
    pub seen: Vec<u32>,
}

impl Aggregate for Tally {
    const TABLE: &'static str = "tally";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.chain.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

/// A database for one test.
pub struct Db {
    pub url: String,
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

    pub async fn open(&self, service: &str) -> Store {
        let tables = vec![TableSpec::of::<Lot>(), TableSpec::of::<Tally>()];
        let options = Options { acquire: Duration::from_secs(60), ..Options::default() };
        Store::open_with(&self.url, service, tables, options).await.unwrap()
    }

    /// A connection beside the store's, for what no service would do.
    pub async fn raw(&self, service: &str) -> sea_orm::DatabaseConnection {
        if let Some(folder) = self.url.strip_prefix("sqlite://") {
            return sea_orm::Database::connect(format!("sqlite://{folder}{service}.db")).await.unwrap();
        }
        sea_orm::Database::connect(format!("{}_{service}", self.url)).await.unwrap()
    }
}

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() {
            let Some(db) = crate::support::Db::sqlite() else { return };
            super::$name(db).await;
        })+ }
        mod on_postgres { $(#[tokio::test] async fn $name() {
            let Some(db) = crate::support::Db::postgres() else { return };
            super::$name(db).await;
        })+ }
    };
}
pub(crate) use on_both_databases;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

pub fn by(who: &str) -> By {
    By::new(who, at(0))
}

pub fn trial() -> Chain {
    Chain::trial("pgf-msc")
}

pub const COUNTED: &str = "test.Counted";

/// An event that carries one number.
pub fn counted(chain: &Chain, n: u32) -> Entry {
    Entry::event(chain.clone(), COUNTED, n.to_be_bytes().to_vec())
}

/// Appends the numbers of a range, in one commit each.
pub async fn append(store: &Store, chain: &Chain, range: std::ops::Range<u32>) -> Head {
    let mut head = Head::default();
    for n in range {
        let mut tx = store.begin(&by("nurse.ann")).await.unwrap();
        tx.append(counted(chain, n));
        head = tx.commit().await.unwrap().heads[chain];
    }
    head
}

/// What a service was told of its journals.
#[derive(Default)]
pub struct Told {
    pub own: Mutex<Vec<(String, String, Head)>>,
    pub peer: Mutex<Vec<(String, String, Head, Head)>>,
    pub parked: Mutex<Vec<Parked>>,
}

impl Watch for Told {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        self.own.lock().unwrap().push((chain.to_string(), by.to_owned(), head));
        async {}.boxed()
    }

    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()> {
        self.peer.lock().unwrap().push((source.to_owned(), chain.to_string(), seen, offered));
        async {}.boxed()
    }

    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()> {
        self.parked.lock().unwrap().push(parked.clone());
        async {}.boxed()
    }
}

/// Tallies numbers; parks those it is told to, and reads no other types.
#[derive(Default)]
pub struct Counter {
    pub park: Mutex<Vec<u32>>,
    /// The incarnations that were taken up.
    pub opened: Mutex<Vec<Opened>>,
    /// Incarnations cannot be taken up at present.
    pub deaf: AtomicBool,
}

impl Reactor for Counter {
    fn opened<'a>(&'a self, _: &'a mut Tx, opened: &'a Opened) -> BoxFuture<'a, Result<(), ReactError>> {
        if self.deaf.load(Ordering::SeqCst) {
            return async { Err(ReactError::Retry(Error::fault(anyhow::anyhow!("deaf")))) }.boxed();
        }
        self.opened.lock().unwrap().push(opened.clone());
        async { Ok(()) }.boxed()
    }

    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        async move {
            if event.kind != COUNTED {
                return Ok(Outcome::NotRead);
            }
            let Ok(bytes) = event.data.as_slice().try_into() else {
                return Err(ReactError::Park("it holds no number".to_owned()));
            };
            let n = u32::from_be_bytes(bytes);
            let chain = event.chain.to_string();
            match tx.get::<Tally>(&chain).await? {
                Some(tally) => {
                    let mut value = tally.value.clone();
                    value.seen.push(n);
                    tx.update(&tally, value).await?;
                }
                None => {
                    tx.insert(&Tally { chain, seen: vec![n] }).await?;
                }
            }
            if self.park.lock().unwrap().contains(&n) {
                return Err(ReactError::Park(format!("{n} contradicts")));
            }
            Ok(Outcome::Applied)
        }
        .boxed()
    }
}

pub fn civil() -> Civil {
    Arc::new(VirtualCivilClock::at(at(0)))
}

/// A service: its store, its journal's gRPC service reached in process, what it was told.
pub struct Service {
    pub store: Store,
    pub told: Arc<Told>,
    pub counter: Arc<Counter>,
}

impl Service {
    pub async fn start(db: &Db, name: &str) -> Self {
        Self { store: db.open(name).await, told: Arc::default(), counter: Arc::default() }
    }

    pub fn as_peer(&self) -> Peer {
        let server = JournalService::server(self.store.clone(), self.told.clone(), civil());
        Peer::new(self.store.service(), server)
    }

    pub fn follow(&self, source: &Service, bus: SharedBus, patience: Patience) -> Follower {
        Follower::new(FollowerParts {
            store: self.store.clone(),
            peer: source.as_peer(),
            bus,
            reactor: self.counter.clone(),
            watch: self.told.clone(),
            civil: civil(),
            patience,
        })
    }

    /// A follower that nothing rings for.
    pub fn read(&self, source: &Service) -> Follower {
        self.follow(source, Arc::new(Local::default()), Patience::default())
    }

    pub async fn tally(&self, chain: &Chain) -> Vec<u32> {
        self.store
            .get::<Tally>(chain.as_str())
            .await
            .unwrap()
            .map(|tally| tally.value.seen)
            .unwrap_or_default()
    }

    /// Waits until the cursor in `source`'s chain stands at its head.
    pub async fn until_level(&self, source: &Service, chain: &Chain) {
        let head = source.store.head(chain).await.unwrap();
        let level = async {
            while self.store.cursor(source.store.service(), chain).await.unwrap() != head {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), level).await.expect("the cursor reaches the head");
    }
}

/// A copy of a service's database: a file, or tables beside the ones that were copied.
pub struct Copy {
    name: String,
}

/// What a service of these tests has.
const TABLES: [&str; 10] = [
    "journal_row",
    "journal_private",
    "journal_head",
    "journal_answer",
    "journal_relay",
    "journal_cursor",
    "journal_seen",
    "journal_lost",
    "journal_rollback",
    "tally",
];

impl Copy {
    /// Takes a copy of the service's database as it is.
    pub async fn take(db: &Db, service: &Service) -> Self {
        static COPIES: AtomicUsize = AtomicUsize::new(0);
        let name = format!("copy{}", COPIES.fetch_add(1, Ordering::Relaxed));
        let raw = db.raw(service.store.service()).await;
        let text = match db.url.strip_prefix("sqlite://") {
            Some(folder) => format!("VACUUM INTO '{folder}{name}'"),
            None => TABLES.map(|table| format!("CREATE TABLE {name}_{table} AS TABLE {table}; ")).concat(),
        };
        raw.execute_unprepared(&text).await.unwrap();
        raw.close().await.unwrap();
        Self { name }
    }

    /// Puts it back under a stopped service and starts it again.
    pub async fn put_back(&self, db: &Db, service: Service) -> Service {
        let (service_name, copy) = (service.store.service().to_owned(), &self.name);
        service.store.close().await.unwrap();
        if let Some(folder) = db.url.strip_prefix("sqlite://") {
            for tail in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{folder}{service_name}.db{tail}"));
            }
            std::fs::copy(format!("{folder}{copy}"), format!("{folder}{service_name}.db")).unwrap();
        } else {
            let put = |table| {
                format!(
                    "DELETE FROM {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {copy}_{table}; "
                )
            };
            let raw = db.raw(&service_name).await;
            raw.execute_unprepared(&TABLES.map(put).concat()).await.unwrap();
            raw.close().await.unwrap();
        }
        Service { store: db.open(&service_name).await, ..service }
    }
}

/// A bus for one test, and what to call to wipe it.
pub struct Ringing {
    pub bus: SharedBus,
    pub wipe: Option<(String, String)>,
}

pub fn local() -> Option<Ringing> {
    Some(Ringing { bus: Arc::new(Local::default()), wipe: None })
}

pub fn shuffled_local() -> Option<Ringing> {
    Some(Ringing { bus: Arc::new(Shuffled::new(Local::default(), 7).losing_one_in(9)), wipe: None })
}

async fn stream() -> Option<(JetStream, (String, String))> {
    let url = servers::nats()?;
    let root = format!("hp{}", servers::unique());
    let options = JetStreamOptions { root: root.clone(), max_bytes: 64 << 20, ..JetStreamOptions::default() };
    Some((JetStream::connect(&url, options).await.unwrap(), (url, root.to_uppercase())))
}

pub async fn jetstream() -> Option<Ringing> {
    let (bus, wipe) = stream().await?;
    Some(Ringing { bus: Arc::new(bus), wipe: Some(wipe) })
}

pub async fn shuffled_jetstream() -> Option<Ringing> {
    let (bus, wipe) = stream().await?;
    Some(Ringing { bus: Arc::new(Shuffled::new(bus, 11).losing_one_in(9)), wipe: Some(wipe) })
}

impl Ringing {
    /// Deletes the stream with all it holds, as an empty volume would.
    pub async fn wipe(&self) {
        if let Some((url, stream)) = &self.wipe {
            let client = async_nats::connect(url).await.unwrap();
            async_nats::jetstream::new(client).delete_stream(stream).await.unwrap();
        }
    }
}

pub fn numbers(range: std::ops::Range<u32>) -> Vec<u32> {
    range.collect()
}

pub fn map<const N: usize>(pairs: [(&str, u64); N]) -> BTreeMap<String, u64> {
    pairs.map(|(name, number)| (name.to_owned(), number)).into()
}
