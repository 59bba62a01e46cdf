//! One trial, pgf-msc, at one site, and followup between its four peers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::BoxFuture;
use holdpoint_api::common::v1 as common;
use holdpoint_api::enrollment::v1 as enrollment;
use holdpoint_bus::{Local, SharedBus};
use holdpoint_chassis::clock::{CivilClock as _, MachineClock, TestMachine, VirtualCivilClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::error::detail_of;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_chassis::ids::Ids;
use holdpoint_followup::grpc::FollowupService;
use holdpoint_followup::reconcilers::due::Due;
use holdpoint_followup::{FollowupSettings, Service, assemble, tables};
use holdpoint_journal::host::{Deps, Peers};
use holdpoint_journal::{By, Chain, Entry, Follower, Head, JournalService, Options, Parked, Store, Watch};
use holdpoint_testkit::Db;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Status};

use super::peers::serve;

pub const TRIAL: &str = "pgf-msc";
const FILE: &str = include_str!("../../../../../deploy/protocols/pgf-msc.toml");
const COMMON: &str = include_str!("../../../../../deploy/protocols/dictionary/common.toml");
const HSCT: &str = include_str!("../../../../../deploy/protocols/dictionary/hsct.toml");
const ICH: &str = include_str!("../../../../../deploy/protocols/dictionary/ich.toml");

/// Who acts in the suite.
#[derive(Clone, Copy, Debug)]
pub enum Doer {
    Coordinator,
    Stranger,
}

impl Doer {
    fn actor(self) -> Actor {
        let principal = match self {
            Self::Coordinator => "co.lin",
            Self::Stranger => "co.new",
        };
        Actor {
            principal: principal.to_owned(),
            roles: [Role::Coordinator].into(),
            token_id: "test".to_owned(),
            expires: Timestamp::MAX,
        }
    }
}

/// Followup with its database, peers and clock.
pub struct World {
    pub db: Db,
    pub civil: VirtualCivilClock,
    pub zone: TimeZone,
    pub service: Service,
    pub rpc: FollowupService,
    pub due: Due,
    enrollment: Store,
    labs: Store,
    dosing: Store,
    safety: Store,
    bus: SharedBus,
    channels: Peers,
    requests: AtomicU32,
    _stop: tokio_util::sync::DropGuard,
}

/// A watch that is told nothing worth keeping.
struct Deaf;

impl Watch for Deaf {
    fn on_own_rollback<'a>(&'a self, _: &'a Chain, _: &'a str, _: Head) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn on_peer_rollback<'a>(&'a self, _: &'a str, _: &'a Chain, _: Head, _: Head) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn on_parked<'a>(&'a self, _: &'a Parked) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn time(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}

/// The stable code of a refusal.
pub fn code(status: &Status) -> String {
    detail_of(status).map(|detail| detail.code).unwrap_or_else(|| format!("{status:?}"))
}

async fn open(db: &Db, name: &str) -> Store {
    let options = Options { acquire: std::time::Duration::from_secs(60), ..Options::default() };
    let tables = if name == "followup" { tables() } else { vec![] };
    Store::open_with(&db.url, name, tables, options).await.unwrap()
}

impl World {
    pub async fn new(db: Db) -> Self {
        Self::at_zone(db, "Asia/Shanghai").await
    }

    /// The same trial at a site with another calendar.
    pub async fn at_zone(db: Db, zone: &str) -> Self {
        let civil = VirtualCivilClock::at(at("2025-01-01T02:00:00Z"));
        let stop = CancellationToken::new();
        let stores = ["followup", "enrollment", "labs", "dosing", "safety"];
        let [store, enrollment, labs, dosing, safety] = [
            open(&db, stores[0]).await,
            open(&db, stores[1]).await,
            open(&db, stores[2]).await,
            open(&db, stores[3]).await,
            open(&db, stores[4]).await,
        ];
        let mut channels = vec![];
        for (name, peer) in
            [("enrollment", &enrollment), ("labs", &labs), ("dosing", &dosing), ("safety", &safety)]
        {
            let journal = JournalService::server(peer.clone(), Arc::new(Deaf), Arc::new(civil.clone()));
            channels.push((name.to_owned(), serve(Routes::new(journal), stop.clone()).await));
        }
        let channels = Peers::new(channels);
        let bus: SharedBus = Arc::new(Local::default());
        let service = build(&store, &civil, &channels, &bus);
        let rpc = FollowupService::new(service.ctx.clone());
        let world = Self {
            db,
            civil,
            zone: TimeZone::get(zone).unwrap(),
            service,
            rpc,
            due: Due::default(),
            enrollment,
            labs,
            dosing,
            safety,
            bus,
            channels,
            requests: AtomicU32::new(0),
            _stop: stop.drop_guard(),
        };
        world.set_up(zone).await;
        world
    }

    /// Followup was off and starts again on the same database.
    pub async fn restart(&mut self) {
        let store = open(&self.db, "followup").await;
        self.service = build(&store, &self.civil, &self.channels, &self.bus);
        self.rpc = FollowupService::new(self.service.ctx.clone());
        self.due = Due::default();
    }

    async fn set_up(&self, zone: &str) {
        let dictionaries = [("common@1", COMMON), ("hsct@1", HSCT), ("ich@1", ICH)];
        let activated = enrollment::ProtocolActivated {
            protocol: Some(reference()),
            trial_file: FILE.to_owned(),
            dictionaries: dictionaries.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
            at: time(self.now()),
        };
        self.enrolled("ProtocolActivated", &activated).await;
        let site = enrollment::SiteRegistered {
            trial: TRIAL.to_owned(),
            site: "cq2".to_owned(),
            name: "Hospital".to_owned(),
            time_zone: zone.to_owned(),
        };
        self.enrolled("SiteRegistered", &site).await;
        let delegated = enrollment::RoleDelegated {
            delegation: "d-1".to_owned(),
            trial: TRIAL.to_owned(),
            person: "co.lin".to_owned(),
            role: common::Role::Coordinator as i32,
            from: time(at("2024-01-01T00:00:00Z")),
            ..enrollment::RoleDelegated::default()
        };
        self.enrolled("RoleDelegated", &delegated).await;
        self.hear().await;
    }

    pub fn now(&self) -> Timestamp {
        self.civil.now()
    }

    /// Goes to ten in the morning of a day at the site.
    pub fn go(&self, date: &str) {
        self.civil.set(self.local(&format!("{date}T10:00")));
    }

    /// A moment by the site's clock.
    pub fn local(&self, text: &str) -> Timestamp {
        let civil: jiff::civil::DateTime = text.parse().unwrap();
        civil.to_zoned(self.zone.clone()).unwrap().timestamp()
    }

    pub async fn enrolled(&self, kind: &str, message: &impl Message) {
        append(&self.enrollment, self.now(), &format!("holdpoint.enrollment.v1.{kind}"), message).await;
    }

    pub async fn lab_told(&self, kind: &str, message: &impl Message) {
        append(&self.labs, self.now(), &format!("holdpoint.labs.v1.{kind}"), message).await;
    }

    pub async fn dosed(&self, kind: &str, message: &impl Message) {
        append(&self.dosing, self.now(), &format!("holdpoint.dosing.v1.{kind}"), message).await;
    }

    pub async fn safety_told(&self, kind: &str, message: &impl Message) {
        append(&self.safety, self.now(), &format!("holdpoint.safety.v1.{kind}"), message).await;
    }

    /// Followup hears all that its peers have told, in this order of the peers.
    pub async fn hear_in(&self, order: [&str; 4]) {
        for source in order {
            self.follower(source).catch_up(&Chain::trial(TRIAL), None).await.unwrap();
            let parked = self.service.ctx.store.parked(source, &Chain::trial(TRIAL)).await.unwrap();
            assert!(parked.is_none(), "{parked:?}");
        }
    }

    pub async fn hear(&self) {
        self.hear_in(["enrollment", "labs", "dosing", "safety"]).await;
    }

    fn follower(&self, source: &str) -> &Follower {
        match source {
            "enrollment" => &self.service.enrollment,
            "labs" => &self.service.labs,
            "dosing" => &self.service.dosing,
            _ => &self.service.safety,
        }
    }

    /// The timer looks once.
    pub async fn look(&self) -> usize {
        self.due.run(&self.service.ctx).await.unwrap()
    }

    /// A request as the server stack hands it on: with the actor of a checked token.
    pub fn request<T>(&self, doer: Doer, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(doer.actor());
        request
    }

    pub fn act(&self) -> Option<common::Act> {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        Some(common::Act { request_id: format!("r-{number}"), reason: "for the test".to_owned() })
    }

    /// What followup told of the trial after a number of rows: the last word of each type, and the message.
    pub async fn told(&self, after: usize) -> Vec<(String, Vec<u8>)> {
        let rows = self.service.ctx.store.rows(&Chain::trial(TRIAL), 0, 100_000).await.unwrap();
        let envelopes = rows.iter().skip(after).map(|row| row.envelope().unwrap());
        envelopes
            .map(|envelope| {
                let kind = envelope.r#type.rsplit('.').next().unwrap_or_default().to_owned();
                (kind, envelope.data.unwrap_or_default())
            })
            .collect()
    }

    /// Followup's journal verifies: every kept answer has its row, and every row its hash.
    pub async fn verify(&self) {
        let found = holdpoint_journal::verify(&self.service.ctx.store, &[]).await.unwrap().findings;
        assert!(found.is_empty(), "{found:?}");
    }

    pub async fn rows(&self) -> usize {
        self.told(0).await.len()
    }
}

pub fn reference() -> common::ProtocolRef {
    let names = [("common", COMMON), ("hsct", HSCT), ("ich", ICH)];
    let dictionaries = names.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let protocol = holdpoint_protocol::load("pgf-msc.toml", FILE, &dictionaries.into()).unwrap();
    common::ProtocolRef {
        trial: TRIAL.to_owned(),
        version: protocol.version.clone(),
        digest: protocol.digest.to_string(),
    }
}

fn build(store: &Store, civil: &VirtualCivilClock, peers: &Peers, bus: &SharedBus) -> Service {
    assemble(Deps {
        settings: Settings::default().with_section(FollowupSettings::default()),
        store: store.clone(),
        bus: bus.clone(),
        civil: Arc::new(civil.clone()),
        machine: MachineClock::test(&TestMachine::default()),
        ids: Ids::random(),
        peers: peers.clone(),
        shutdown: CancellationToken::new(),
    })
    .unwrap()
}

async fn append(store: &Store, now: Timestamp, kind: &str, message: &impl Message) {
    let kind: &'static str = Box::leak(kind.to_owned().into_boxed_str());
    let mut tx = store.begin(&By::new(store.service(), now)).await.unwrap();
    tx.append(Entry::event(Chain::trial(TRIAL), kind, message.encode_to_vec()).critical());
    tx.commit().await.unwrap();
}
