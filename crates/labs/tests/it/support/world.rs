//! One trial, pgf-msc, at one site in China: people, two subjects transplanted on 1 February and allocated on 10 March
//! 2026, a feed, and labs between its three peers. It is 22 April 2026 at the beginning, six weeks after the allocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use holdpoint_api::common::v1 as common;
use holdpoint_api::dosing::v1 as dosing;
use holdpoint_api::enrollment::v1 as enrollment;
use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::labs_server::Labs as _;
use holdpoint_bus::{Local, SharedBus};
use holdpoint_chassis::clock::{CivilClock as _, MachineClock, TestMachine, VirtualCivilClock};
use holdpoint_chassis::config::{Mode, Settings};
use holdpoint_chassis::error::detail_of;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_chassis::ids::Ids;
use holdpoint_journal::host::{Deps, Peers};
use holdpoint_journal::{By, Chain, Entry, Head, JournalService, Options, Parked, Store, Watch};
use holdpoint_labs::grpc::LabsService;
use holdpoint_labs::{LabsSettings, Service, assemble, reconcilers, tables};
use holdpoint_testkit::Db;
use jiff::Timestamp;
use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Status};

use super::peers::serve;
use super::{Said, at, time};

pub const TRIAL: &str = "pgf-msc";
pub const FEED: &str = "lis-xinqiao";
const FILE: &str = include_str!("../../../../../deploy/protocols/pgf-msc.toml");
const COMMON: &str = include_str!("../../../../../deploy/protocols/dictionary/common.toml");
const HSCT: &str = include_str!("../../../../../deploy/protocols/dictionary/hsct.toml");
const ICH: &str = include_str!("../../../../../deploy/protocols/dictionary/ich.toml");

/// Who acts in the suite.
#[derive(Clone, Copy, Debug)]
pub enum Doer {
    Coordinator,
    Administrator,
    Stranger,
}

impl Doer {
    fn account(self) -> (&'static str, Role) {
        match self {
            Self::Coordinator => ("co.liu", Role::Coordinator),
            Self::Administrator => ("admin", Role::Administrator),
            Self::Stranger => ("co.new", Role::Coordinator),
        }
    }
}

fn actor(principal: &str, role: Role) -> Actor {
    Actor {
        principal: principal.to_owned(),
        roles: [role].into(),
        token_id: "test".to_owned(),
        expires: Timestamp::MAX,
    }
}

/// Labs with its database, peers and clocks.
pub struct World {
    pub db: Db,
    pub civil: VirtualCivilClock,
    pub enrollment: Store,
    pub dosing: Store,
    pub safety: Store,
    pub service: Service,
    pub rpc: LabsService,
    requests: AtomicU32,
    _stop: tokio_util::sync::DropGuard,
}

/// A watch that is told nothing worth keeping.
struct Deaf;

impl Watch for Deaf {
    fn on_own_rollback<'a>(
        &'a self,
        _: &'a Chain,
        _: &'a str,
        _: Head,
    ) -> futures::future::BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn on_peer_rollback<'a>(
        &'a self,
        _: &'a str,
        _: &'a Chain,
        _: Head,
        _: Head,
    ) -> futures::future::BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn on_parked<'a>(&'a self, _: &'a Parked) -> futures::future::BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// The stable code of a refusal.
pub fn code(status: &Status) -> String {
    detail_of(status).map(|detail| detail.code).unwrap_or_else(|| format!("{status:?}"))
}

fn settings() -> Settings {
    let mut settings = Settings::default().with_section(LabsSettings::default());
    settings.mode = Mode::Test;
    settings
}

async fn open(db: &Db, name: &str) -> Store {
    let options = Options { acquire: Duration::from_secs(60), ..Options::default() };
    let tables = if name == "labs" { tables() } else { vec![] };
    Store::open_with(&db.url, name, tables, options).await.unwrap()
}

impl World {
    pub async fn new(db: Db) -> Self {
        let civil = VirtualCivilClock::at(at("2026-04-22T00:00:00Z"));
        let stop = CancellationToken::new();
        let store = open(&db, "labs").await;
        let (enrollment, dosing, safety) =
            (open(&db, "enrollment").await, open(&db, "dosing").await, open(&db, "safety").await);
        let mut channels = vec![];
        for (name, peer) in [("enrollment", &enrollment), ("dosing", &dosing), ("safety", &safety)] {
            let journal = JournalService::server(peer.clone(), Arc::new(Deaf), Arc::new(civil.clone()));
            channels.push((name.to_owned(), serve(Routes::new(journal), stop.clone()).await));
        }
        let bus: SharedBus = Arc::new(Local::default());
        let service = assemble(Deps {
            settings: settings(),
            store,
            bus,
            civil: Arc::new(civil.clone()),
            machine: MachineClock::test(&TestMachine::default()),
            ids: Ids::random(),
            peers: Peers::new(channels),
            shutdown: CancellationToken::new(),
        })
        .unwrap();
        let rpc = LabsService::new(service.ctx.clone());
        let (requests, _stop) = (AtomicU32::new(0), stop.drop_guard());
        let world = Self { db, civil, enrollment, dosing, safety, service, rpc, requests, _stop };
        world.set_up().await;
        world
    }

    async fn set_up(&self) {
        let dictionaries = [("common@1", COMMON), ("hsct@1", HSCT), ("ich@1", ICH)];
        let protocol = self.protocol();
        let activated = enrollment::ProtocolActivated {
            protocol: Some(protocol),
            trial_file: FILE.to_owned(),
            dictionaries: dictionaries.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
            at: time(self.now()),
        };
        self.enrolled("ProtocolActivated", &activated).await;
        let site = enrollment::SiteRegistered {
            trial: TRIAL.to_owned(),
            site: "cq2".to_owned(),
            name: "Hospital".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
        };
        self.enrolled("SiteRegistered", &site).await;
        let (person, role) = Doer::Coordinator.account();
        let delegated = enrollment::RoleDelegated {
            delegation: format!("d-{person}"),
            trial: TRIAL.to_owned(),
            site: String::new(),
            person: person.to_owned(),
            role: role as i32 + 1,
            from: time(at("2026-01-01T00:00:00Z")),
            until: None,
        };
        self.enrolled("RoleDelegated", &delegated).await;
        for subject in ["P-001", "P-002"] {
            self.screen(subject).await;
            self.milestone(subject, &format!("t-{subject}"), "transplant", "2026-02-01").await;
            self.randomize(subject, "msc", "2026-03-10T02:00:00Z").await;
        }
        self.hear().await;
        self.register(FEED, &[]).await.unwrap();
    }

    fn protocol(&self) -> common::ProtocolRef {
        let names = [("common", COMMON), ("hsct", HSCT), ("ich", ICH)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        let protocol = holdpoint_protocol::load("pgf-msc.toml", FILE, &names.into()).unwrap();
        common::ProtocolRef {
            trial: TRIAL.to_owned(),
            version: protocol.version.clone(),
            digest: protocol.digest.to_string(),
        }
    }

    pub async fn screen(&self, subject: &str) {
        let screened = enrollment::SubjectScreened {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            site: "cq2".to_owned(),
            at: time(at("2026-01-20T02:00:00Z")),
            protocol: Some(self.protocol()),
        };
        self.enrolled("SubjectScreened", &screened).await;
    }

    pub async fn randomize(&self, subject: &str, arm: &str, moment: &str) {
        let randomized = enrollment::SubjectRandomized {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            site: "cq2".to_owned(),
            arm: arm.to_owned(),
            permit: "r".to_owned(),
            at: time(at(moment)),
            protocol: Some(self.protocol()),
            ..enrollment::SubjectRandomized::default()
        };
        self.enrolled("SubjectRandomized", &randomized).await;
    }

    pub async fn milestone(&self, subject: &str, id: &str, event: &str, date: &str) {
        let recorded = enrollment::MilestoneRecorded {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            event: event.to_owned(),
            date: date.to_owned(),
            milestone: id.to_owned(),
            ..enrollment::MilestoneRecorded::default()
        };
        self.enrolled("MilestoneRecorded", &recorded).await;
    }

    /// Dosing tells of a platelet transfusion of P-001.
    pub async fn transfused(&self, id: &str, moment: &str, replaces: &str, withdrawn: bool) {
        let given = dosing::TransfusionGiven {
            trial: TRIAL.to_owned(),
            subject: "P-001".to_owned(),
            transfusion: id.to_owned(),
            event: "platelet-transfusion".to_owned(),
            at: time(at(moment)),
            units: "1".to_owned(),
            replaces: replaces.to_owned(),
            withdrawn,
        };
        append(&self.dosing, self.now(), "holdpoint.dosing.v1.TransfusionGiven", &given).await;
        self.hear().await;
    }

    pub fn now(&self) -> Timestamp {
        self.civil.now()
    }

    /// Enrollment tells something.
    pub async fn enrolled(&self, kind: &str, message: &impl Message) {
        append(&self.enrollment, self.now(), &format!("holdpoint.enrollment.v1.{kind}"), message).await;
    }

    /// Safety tells something.
    pub async fn told_by_safety(&self, kind: &str, message: &impl Message) {
        append(&self.safety, self.now(), &format!("holdpoint.safety.v1.{kind}"), message).await;
    }

    /// Labs hears all that its peers have told.
    pub async fn hear(&self) {
        for follower in &self.service.following {
            follower.catch_up(&Chain::trial(TRIAL), None).await.unwrap();
            let parked =
                self.service.ctx.store.parked(follower.source(), &Chain::trial(TRIAL)).await.unwrap();
            assert!(parked.is_none(), "{parked:?}");
        }
    }

    /// A request as the server stack hands it on: with the actor of a checked token.
    pub fn request<T>(&self, doer: Doer, message: T) -> Request<T> {
        let (principal, role) = doer.account();
        let mut request = Request::new(message);
        request.extensions_mut().insert(actor(principal, role));
        request
    }

    pub fn act(&self) -> Option<common::Act> {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        Some(common::Act { request_id: format!("r-{number}"), reason: "for the test".to_owned() })
    }

    pub async fn register(&self, feed: &str, sites: &[&str]) -> Result<(), Status> {
        let request = pb::RegisterFeedRequest {
            act: self.act(),
            feed: feed.to_owned(),
            name: "Laboratory".to_owned(),
            sites: sites.iter().map(|site| (*site).to_owned()).collect(),
            time_zone: "Asia/Shanghai".to_owned(),
        };
        self.rpc.register_feed(self.request(Doer::Administrator, request)).await.map(drop)
    }

    /// A stream of reports, each under a request of its own; the answers in their order.
    pub async fn sends(&self, reports: &[Said]) -> Vec<pb::IngestResultsResponse> {
        let requests: Vec<_> = reports
            .iter()
            .map(|said| pb::IngestResultsRequest { act: self.act(), report: Some(said.report.clone()) })
            .collect();
        self.stream(FEED, requests).await
    }

    pub async fn stream(
        &self,
        feed: &str,
        requests: Vec<pb::IngestResultsRequest>,
    ) -> Vec<pb::IngestResultsResponse> {
        let sent = futures::stream::iter(requests.into_iter().map(Ok));
        let answers = self.rpc.ingest(actor(feed, Role::LaboratoryFeed), sent);
        answers.map(Result::unwrap).collect().await
    }

    /// Messages of HL7 in one stream; the answers in their order.
    pub async fn messages(&self, messages: &[Vec<u8>]) -> Vec<pb::IngestHl7Response> {
        self.messages_of(FEED, messages).await
    }

    pub async fn messages_of(&self, feed: &str, messages: &[Vec<u8>]) -> Vec<pb::IngestHl7Response> {
        let one = |message: &Vec<u8>| {
            Ok(pb::IngestHl7Request { act: self.act(), message: message.clone(), ..Default::default() })
        };
        let sent: Vec<Result<_, Status>> = messages.iter().map(one).collect();
        let answers =
            self.rpc.ingest_messages(actor(feed, Role::LaboratoryFeed), futures::stream::iter(sent));
        answers.map(Result::unwrap).collect().await
    }

    pub async fn message(&self, message: &[u8]) -> pb::IngestHl7Response {
        self.messages(&[message.to_vec()]).await.remove(0)
    }

    /// What became of the only analyte of one report.
    pub async fn says(&self, said: Said) -> pb::ObservationOutcome {
        let mut answers = self.sends(&[said]).await;
        let answer = answers.pop().unwrap();
        assert!(answer.refused.is_none(), "{:?}", answer.refused);
        answer.outcomes.into_iter().next().unwrap()
    }

    pub async fn link(&self, subject: &str, number: &str) -> Result<u32, Status> {
        let request = pb::LinkSubjectRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            hospital_number: number.to_owned(),
            sex: "F".to_owned(),
            birth_year: 1980,
        };
        let answer = self.rpc.link_subject(self.request(Doer::Coordinator, request)).await?;
        Ok(answer.into_inner().taken_up)
    }

    pub async fn results(&self, subject: &str) -> Vec<pb::ResultView> {
        let request = pb::ListResultsRequest {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            ..pb::ListResultsRequest::default()
        };
        self.rpc.list_results(self.request(Doer::Coordinator, request)).await.unwrap().into_inner().results
    }

    /// What stands of the subject's only result: its number, "text" or "void"; empty where nothing stands.
    pub async fn stands(&self, subject: &str) -> String {
        let results = self.results(subject).await;
        assert_eq!(results.len(), 1, "{results:?}");
        match &results[0].standing {
            None => String::new(),
            Some(result) if result.void => "void".to_owned(),
            Some(result) if result.unquantified => "text".to_owned(),
            Some(result) => match &result.value.as_ref().unwrap().of {
                Some(common::value::Of::Number(number)) => number.clone(),
                other => panic!("{other:?}"),
            },
        }
    }

    /// Accepted, duplicates, corrected, quarantined, kept.
    pub async fn counts(&self) -> [u64; 5] {
        let request = pb::CountResultsRequest { trial: TRIAL.to_owned() };
        let counts =
            self.rpc.count_results(self.request(Doer::Coordinator, request)).await.unwrap().into_inner();
        [counts.accepted, counts.duplicates, counts.corrected, counts.quarantined, counts.kept]
    }

    pub async fn quarantine(&self) -> Vec<pb::Quarantined> {
        let request =
            pb::ListQuarantineRequest { trial: TRIAL.to_owned(), include_resolved: false, page: None };
        let listed = self.rpc.list_quarantine(self.request(Doer::Coordinator, request)).await.unwrap();
        listed.into_inner().quarantined
    }

    pub async fn derived(&self, subject: &str) -> pb::Derived {
        let request = pb::GetDerivedRequest { trial: TRIAL.to_owned(), subject: subject.to_owned() };
        self.rpc.get_derived(self.request(Doer::Coordinator, request)).await.unwrap().into_inner()
    }

    /// The day of an event as it is derived.
    pub async fn day_of(&self, subject: &str, event: &str) -> Option<String> {
        let derived = self.derived(subject).await;
        derived.events.into_iter().find(|found| found.event == event).map(|found| found.date)
    }

    /// The category of the platelet response as of this moment, and whether it is fixed.
    pub async fn response(&self, subject: &str) -> (String, bool) {
        let request = pb::ListResponsesRequest { trial: TRIAL.to_owned(), page: None };
        let listed = self.rpc.list_responses(self.request(Doer::Coordinator, request)).await.unwrap();
        let mut responses = listed.into_inner().responses.into_iter();
        let found = responses.find(|one| one.subject == subject && one.response == "platelet").unwrap();
        (found.category, found.fixed)
    }

    /// What labs told on a chain, by the last word of its type.
    pub async fn told<M: Message + Default>(&self, chain: &Chain, kind: &str) -> Vec<M> {
        let kind = format!("holdpoint.labs.v1.{kind}");
        let rows = self.service.ctx.store.rows(chain, 0, 10_000).await.unwrap();
        let envelopes = rows.iter().map(|row| row.envelope().unwrap());
        envelopes
            .filter(|envelope| envelope.r#type == kind)
            .map(|envelope| M::decode(envelope.data.unwrap().as_slice()).unwrap())
            .collect()
    }

    /// The words about one event of P-001: its date, and whether it was taken away.
    pub async fn told_of(&self, event: &str) -> Vec<(String, bool)> {
        let told: Vec<pb::EventDerived> = self.told(&Chain::trial(TRIAL), "EventDerived").await;
        let told = told.into_iter().filter(|told| told.event == event && told.subject == "P-001");
        told.map(|told| (told.date, told.withdrawn)).collect()
    }

    /// The timer looks once.
    pub async fn timer(&self) -> usize {
        reconcilers::responses_due::run(&self.service.ctx).await.unwrap()
    }
}

pub async fn append(store: &Store, now: Timestamp, kind: &str, message: &impl Message) {
    let kind: &'static str = Box::leak(kind.to_owned().into_boxed_str());
    let mut tx = store.begin(&By::new(store.service(), now)).await.unwrap();
    tx.append(Entry::event(Chain::trial(TRIAL), kind, message.encode_to_vec()).critical());
    tx.commit().await.unwrap();
}
