//! One trial, pgf-msc, at one site: four people, subjects allocated to `msc`, a lot, and dosing between its two peers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use holdpoint_api::common::v1 as common;
use holdpoint_api::enrollment::v1 as enrollment;
use holdpoint_api::followup::v1 as followup;
use holdpoint_api::labs::v1 as labs;
use holdpoint_api::safety::v1 as safety;
use holdpoint_api::safety::v1::safety_server::SafetyServer;
use holdpoint_bus::{Local, SharedBus};
use holdpoint_chassis::clock::{MachineClock, TestMachine, VirtualCivilClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::error::detail_of;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_chassis::ids::Ids;
use holdpoint_dosing::grpc::DosingService;
use holdpoint_dosing::{DosingSettings, Service, assemble, tables};
use holdpoint_journal::host::{Deps, Peers};
use holdpoint_journal::{By, Chain, Entry, Head, JournalService, Options, Parked, Store, Watch};
use holdpoint_testkit::Db;
use jiff::Timestamp;
use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Status};

use super::peers::serve;
use super::safety_peer::{SafetyPeer, Script};

pub const TRIAL: &str = "pgf-msc";
const FILE: &str = include_str!("../../../../../deploy/protocols/pgf-msc.toml");
const COMMON: &str = include_str!("../../../../../deploy/protocols/dictionary/common.toml");
const HSCT: &str = include_str!("../../../../../deploy/protocols/dictionary/hsct.toml");
const ICH: &str = include_str!("../../../../../deploy/protocols/dictionary/ich.toml");

const DICTIONARIES: [(&str, &str); 3] = [("common@1", COMMON), ("hsct@1", HSCT), ("ich@1", ICH)];

/// The file that the trial runs by.
fn reference() -> common::ProtocolRef {
    let names = DICTIONARIES.map(|(name, text)| (name[..name.len() - 2].to_owned(), text.to_owned()));
    let protocol = holdpoint_protocol::load("pgf-msc.toml", FILE, &names.into()).unwrap();
    common::ProtocolRef {
        trial: TRIAL.to_owned(),
        version: protocol.version.clone(),
        digest: protocol.digest.to_string(),
    }
}

/// Who acts in the suite.
#[derive(Clone, Copy, Debug)]
pub enum Doer {
    Pharmacist,
    Nurse,
    SecondNurse,
    Investigator,
    Stranger,
}

impl Doer {
    fn account(self) -> (&'static str, Role) {
        match self {
            Self::Pharmacist => ("ph.wang", Role::Pharmacist),
            Self::Nurse => ("nurse.li", Role::BedsideNurse),
            Self::SecondNurse => ("nurse.chen", Role::BedsideNurse),
            Self::Investigator => ("dr.zhao", Role::Investigator),
            Self::Stranger => ("nurse.new", Role::BedsideNurse),
        }
    }

    fn actor(self) -> Actor {
        let (principal, role) = self.account();
        Actor {
            principal: principal.to_owned(),
            roles: [role].into(),
            token_id: "test".to_owned(),
            expires: Timestamp::MAX,
        }
    }
}

/// Dosing with its database, peers and clocks.
pub struct World {
    pub db: Db,
    pub civil: VirtualCivilClock,
    pub machine: TestMachine,
    pub enrollment: Store,
    pub safety: Store,
    pub labs: Store,
    pub followup: Store,
    pub peer: SafetyPeer,
    pub service: Service,
    pub rpc: DosingService,
    pub bus: SharedBus,
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

pub fn time(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}

/// The stable code of a refusal.
pub fn code(status: &Status) -> String {
    detail_of(status).map(|detail| detail.code).unwrap_or_else(|| format!("{status:?}"))
}

/// The holds that a refusal names.
pub fn holds_of(status: &Status) -> Vec<String> {
    detail_of(status).map(|detail| detail.holds).unwrap_or_default()
}

async fn open(db: &Db, name: &str) -> Store {
    let options = Options { acquire: Duration::from_secs(60), ..Options::default() };
    let tables = if name == "dosing" { tables() } else { vec![] };
    Store::open_with(&db.url, name, tables, options).await.unwrap()
}

impl World {
    pub async fn new(db: Db) -> Self {
        let civil = VirtualCivilClock::at(at("2026-03-01T00:00:00Z"));
        let machine = TestMachine::default();
        let stop = CancellationToken::new();
        let (store, enrollment, safety) =
            (open(&db, "dosing").await, open(&db, "enrollment").await, open(&db, "safety").await);
        let (labs, followup) = (open(&db, "labs").await, open(&db, "followup").await);
        let peer = SafetyPeer::new(safety.clone(), store.clone(), machine.clone());
        let journal =
            |store: &Store| JournalService::server(store.clone(), Arc::new(Deaf), Arc::new(civil.clone()));
        let to_safety = Routes::new(SafetyServer::new(peer.clone())).add_service(journal(&safety));
        let channels = Peers::new([
            ("safety".to_owned(), serve(to_safety, stop.clone()).await),
            ("enrollment".to_owned(), serve(Routes::new(journal(&enrollment)), stop.clone()).await),
            ("labs".to_owned(), serve(Routes::new(journal(&labs)), stop.clone()).await),
            ("followup".to_owned(), serve(Routes::new(journal(&followup)), stop.clone()).await),
        ]);
        let bus: SharedBus = Arc::new(Local::default());
        let service = build(&store, &civil, &machine, &channels, &bus);
        let rpc = DosingService::new(service.ctx.clone());
        let requests = AtomicU32::new(0);
        let _stop = stop.drop_guard();
        let world = Self {
            db,
            civil,
            machine,
            enrollment,
            safety,
            labs,
            followup,
            peer,
            service,
            rpc,
            bus,
            channels,
            requests,
            _stop,
        };
        world.set_up().await;
        world
    }

    /// Dosing dies and is started again on the same database.
    pub async fn restart(&mut self) {
        let store = open(&self.db, "dosing").await;
        self.service = build(&store, &self.civil, &self.machine, &self.channels, &self.bus);
        self.rpc = DosingService::new(self.service.ctx.clone());
    }

    async fn set_up(&self) {
        let reference = reference();
        self.enrolled(
            "ProtocolActivated",
            &enrollment::ProtocolActivated {
                protocol: Some(reference.clone()),
                trial_file: FILE.to_owned(),
                dictionaries: DICTIONARIES.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
                at: time(self.now()),
            },
        )
        .await;
        self.site("cq2", "Asia/Shanghai").await;
        for doer in [Doer::Pharmacist, Doer::Nurse, Doer::SecondNurse, Doer::Investigator] {
            let (person, role) = doer.account();
            self.enrolled(
                "RoleDelegated",
                &enrollment::RoleDelegated {
                    delegation: format!("d-{person}"),
                    trial: TRIAL.to_owned(),
                    site: String::new(),
                    person: person.to_owned(),
                    role: role as i32 + 1,
                    from: time(self.now()),
                    until: None,
                },
            )
            .await;
        }
        for subject in ["P-001", "P-002"] {
            self.enroll(subject, "cq2").await;
        }
        self.hear().await;
        self.release_a_lot("L1", "1000000000").await;
    }

    pub async fn site(&self, site: &str, time_zone: &str) {
        self.enrolled(
            "SiteRegistered",
            &enrollment::SiteRegistered {
                trial: TRIAL.to_owned(),
                site: site.to_owned(),
                name: "Hospital".to_owned(),
                time_zone: time_zone.to_owned(),
            },
        )
        .await;
    }

    /// A subject of a site with a baseline weight of 60 kg, allocated to `msc`.
    pub async fn enroll(&self, subject: &str, site: &str) {
        self.screened(subject, site).await;
        self.weighed_by_enrollment(subject, "60").await;
        self.allocated(subject, site).await;
    }

    pub async fn screened(&self, subject: &str, site: &str) {
        self.enrolled(
            "SubjectScreened",
            &enrollment::SubjectScreened {
                trial: TRIAL.to_owned(),
                subject: subject.to_owned(),
                site: site.to_owned(),
                at: time(self.now()),
                protocol: Some(reference()),
            },
        )
        .await;
    }

    pub async fn allocated(&self, subject: &str, site: &str) {
        self.enrolled(
            "SubjectRandomized",
            &enrollment::SubjectRandomized {
                trial: TRIAL.to_owned(),
                subject: subject.to_owned(),
                site: site.to_owned(),
                arm: "msc".to_owned(),
                cohort: String::new(),
                permit: "r".to_owned(),
                at: time(self.now()),
                protocol: Some(reference()),
            },
        )
        .await;
    }

    /// The laboratory's word about one platelet count of P-001: its id and version, the day at noon in Chongqing, and the
    /// count in e9/L; none withdraws it.
    pub async fn platelets(&self, (result, version): (&str, u32), day: &str, count: Option<&str>) {
        let number = count.map(|count| common::value::Of::Number(count.to_owned()));
        let result = labs::Result {
            result: result.to_owned(),
            version,
            subject: "P-001".to_owned(),
            fact: "platelets".to_owned(),
            value: number.map(|number| common::Value { of: Some(number), unit: "e9/L".to_owned() }),
            taken_at: time(at(&format!("{day}T04:00:00Z"))),
            void: count.is_none(),
            unquantified: false,
        };
        let told = labs::ResultsRecorded { trial: TRIAL.to_owned(), results: vec![result] };
        append(&self.labs, self.now(), "holdpoint.labs.v1.ResultsRecorded", &told).await;
        self.hear().await;
    }

    /// Followup tells of an examination with a weight; without one it withdraws the record that it replaces.
    pub async fn examined(&self, subject: &str, (record, replaces): (&str, &str), kilograms: Option<&str>) {
        let facts = kilograms.map(|kilograms| followup::ActivityFact {
            fact: "weight".to_owned(),
            value: Some(common::Value {
                of: Some(common::value::Of::Number(kilograms.to_owned())),
                unit: "kg".to_owned(),
            }),
            taken_at: time(self.now()),
        });
        let told = followup::ActivityDone {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            activity_record: record.to_owned(),
            activity: "physical-exam".to_owned(),
            date: "2026-03-01".to_owned(),
            facts: facts.into_iter().collect(),
            replaces: replaces.to_owned(),
            withdrawn: kilograms.is_none(),
        };
        append(&self.followup, self.now(), "holdpoint.followup.v1.ActivityDone", &told).await;
        self.hear().await;
    }

    pub async fn weighed_by_enrollment(&self, subject: &str, kilograms: &str) {
        let number = common::value::Of::Number(kilograms.to_owned());
        self.enrolled(
            "FactRecorded",
            &enrollment::FactRecorded {
                trial: TRIAL.to_owned(),
                subject: subject.to_owned(),
                fact: "weight".to_owned(),
                value: Some(common::Value { of: Some(number), unit: "kg".to_owned() }),
                taken_at: time(self.now()),
            },
        )
        .await;
    }

    pub fn now(&self) -> Timestamp {
        holdpoint_chassis::clock::CivilClock::now(&self.civil)
    }

    /// Enrollment tells something.
    pub async fn enrolled(&self, kind: &str, message: &impl Message) {
        let kind = format!("holdpoint.enrollment.v1.{kind}");
        append(&self.enrollment, self.now(), &kind, message).await;
    }

    /// Safety tells something.
    pub async fn told(&self, kind: &str, message: &impl Message) {
        let kind = format!("holdpoint.safety.v1.{kind}");
        append(&self.safety, self.now(), &kind, message).await;
    }

    /// Dosing hears all that its peers have told.
    pub async fn hear(&self) {
        self.service.enrollment.catch_up(&Chain::trial(TRIAL), None).await.unwrap();
        self.service.safety.catch_up(&Chain::trial(TRIAL), None).await.unwrap();
        for other in &self.service.others {
            other.catch_up(&Chain::trial(TRIAL), None).await.unwrap();
        }
        for source in ["enrollment", "safety", "labs", "followup"] {
            let parked = self.service.ctx.store.parked(source, &Chain::trial(TRIAL)).await.unwrap();
            assert!(parked.is_none(), "{parked:?}");
        }
    }

    /// A hold on all doses of the trial is placed and heard of.
    pub async fn hold(&self, hold: &str) {
        self.hold_with(hold, vec![]).await;
    }

    pub async fn hold_with(&self, hold: &str, in_flight: Vec<safety::InFlight>) {
        let kind = safety::HoldKind::PendingBoardDecision;
        self.placed(hold, kind, "", in_flight).await;
        self.hear().await;
    }

    /// A hold that safety placed and dosing has yet to hear of.
    pub async fn hold_untold(&self, hold: &str) {
        let kind = safety::HoldKind::PendingBoardDecision;
        self.placed(hold, kind, "", vec![]).await;
    }

    async fn placed(
        &self,
        hold: &str,
        kind: safety::HoldKind,
        went_back: &str,
        in_flight: Vec<safety::InFlight>,
    ) {
        self.told(
            "HoldPlaced",
            &safety::HoldPlaced {
                trial: TRIAL.to_owned(),
                hold: hold.to_owned(),
                scope: Some(common::Scope { of: Some(common::scope::Of::Trial(true)) }),
                activities: vec![common::Activity::Randomization as i32, common::Activity::Dosing as i32],
                kind: kind as i32,
                reason: "rule suspend-ventilation (Protocol 7.3.1)".to_owned(),
                at: time(self.now()),
                in_flight,
                epoch: 1,
                went_back: went_back.to_owned(),
                ..safety::HoldPlaced::default()
            },
        )
        .await;
    }

    pub async fn release(&self, hold: &str) {
        self.release_untold(hold).await;
        self.hear().await;
    }

    /// A release that dosing has yet to hear of.
    pub async fn release_untold(&self, hold: &str) {
        self.told(
            "HoldReleased",
            &safety::HoldReleased {
                trial: TRIAL.to_owned(),
                hold: hold.to_owned(),
                at: time(self.now()),
                ..safety::HoldReleased::default()
            },
        )
        .await;
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

    /// What dosing told of the trial, by the last word of its type.
    pub async fn journal(&self) -> Vec<String> {
        let rows = self.service.ctx.store.rows(&Chain::trial(TRIAL), 0, 10_000).await.unwrap();
        rows.iter()
            .map(|row| row.envelope().unwrap().r#type.rsplit('.').next().unwrap_or_default().to_owned())
            .collect()
    }

    /// What dosing told of one kind, first to last.
    pub async fn messages<M: Message + Default>(&self, kind: &str) -> Vec<M> {
        let kind = format!("holdpoint.dosing.v1.{kind}");
        let rows = self.service.ctx.store.rows(&Chain::trial(TRIAL), 0, 10_000).await.unwrap();
        rows.iter()
            .map(|row| row.envelope().unwrap())
            .filter(|envelope| envelope.r#type == kind)
            .map(|envelope| M::decode(envelope.data.unwrap().as_slice()).unwrap())
            .collect()
    }

    /// How often dosing told this.
    pub async fn told_of(&self, kind: &str) -> usize {
        self.journal().await.iter().filter(|one| *one == kind).count()
    }

    pub fn script(&self, script: Script) {
        self.peer.script(script);
    }

    /// P-001 moves to a version of the file that dosing has not heard of.
    pub async fn moved_to_an_unknown_version(&self) {
        let protocol = common::ProtocolRef { digest: "f".repeat(64), ..common::ProtocolRef::default() };
        self.enrolled(
            "SubjectRandomized",
            &enrollment::SubjectRandomized {
                trial: TRIAL.to_owned(),
                subject: "P-001".to_owned(),
                site: "cq2".to_owned(),
                arm: "msc".to_owned(),
                at: time(self.now()),
                protocol: Some(protocol),
                ..enrollment::SubjectRandomized::default()
            },
        )
        .await;
        self.hear().await;
    }

    pub async fn discontinue(&self, subject: &str, rule: &str) {
        self.enrolled(
            "SubjectDiscontinued",
            &enrollment::SubjectDiscontinued {
                trial: TRIAL.to_owned(),
                subject: subject.to_owned(),
                axis: "treatment".to_owned(),
                rule: rule.to_owned(),
                at: time(self.now()),
            },
        )
        .await;
        self.hear().await;
    }

    pub async fn end_delegation(&self, delegation: &str) {
        self.enrolled(
            "DelegationEnded",
            &enrollment::DelegationEnded {
                delegation: delegation.to_owned(),
                trial: TRIAL.to_owned(),
                at: time(self.now()),
            },
        )
        .await;
        self.hear().await;
    }

    /// A milestone of P-001.
    pub async fn milestone(&self, id: &str, event: &str, replaces: &str, withdrawn: bool) {
        self.enrolled(
            "MilestoneRecorded",
            &enrollment::MilestoneRecorded {
                trial: TRIAL.to_owned(),
                subject: "P-001".to_owned(),
                event: event.to_owned(),
                date: "2026-03-02".to_owned(),
                replaces: replaces.to_owned(),
                withdrawn,
                milestone: id.to_owned(),
                ..enrollment::MilestoneRecorded::default()
            },
        )
        .await;
        self.hear().await;
    }

    /// A peer shows a head that dosing's journal lacks.
    pub async fn went_back(&self, chain: &Chain, lost: Head) {
        let ctx = &self.service.ctx;
        let watch = holdpoint_journal::Rollbacks::new(ctx.store.clone(), ctx.civil.clone(), &["safety"]);
        watch.on_own_rollback(chain, "safety", lost).await;
    }

    /// The reconciliation hold of a service is placed and released by people.
    pub async fn reconcile(&self, hold: &str, service: &str) {
        self.placed(hold, safety::HoldKind::Reconciliation, service, vec![]).await;
        self.hear().await;
        self.release(hold).await;
    }
}

fn build(
    store: &Store,
    civil: &VirtualCivilClock,
    machine: &TestMachine,
    peers: &Peers,
    bus: &SharedBus,
) -> Service {
    let settings = DosingSettings { ask_deadline_ms: 1_500, ..DosingSettings::default() };
    assemble(Deps {
        settings: Settings::default().with_section(settings),
        store: store.clone(),
        bus: bus.clone(),
        civil: Arc::new(civil.clone()),
        machine: MachineClock::test(machine),
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
