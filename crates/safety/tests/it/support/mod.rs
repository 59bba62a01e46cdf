//! A house for safety: its service over one of the two databases, the four other journals beside it, clocks that a test
//! moves, and people with their delegations.

mod escalating;
mod neighbor;
mod words;

use std::sync::Arc;
use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_bus::Local;
use holdpoint_chassis::clock::{MachineClock, TestMachine, VirtualCivilClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_chassis::ids::Ids;
use holdpoint_journal::host::{Deps, Peers};
use holdpoint_journal::{Chain, Head, Store};
use holdpoint_safety::reconcilers::{peers_shown, waiting_holds};
use holdpoint_safety::{Service, assemble_with, tables};
use holdpoint_testkit::servers;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

pub use escalating::Escalating;
pub use neighbor::Neighbor;
pub use words::*;

pub const TRIAL: &str = "pgf-msc";

pub struct House {
    _folder: Option<tempfile::TempDir>,
    pub civil: VirtualCivilClock,
    pub machine: TestMachine,
    pub dosing: Neighbor,
    pub enrollment: Neighbor,
    pub labs: Neighbor,
    pub followup: Neighbor,
    pub store: Store,
    pub service: Service,
    ids: Ids,
}

impl House {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/", folder.path().display());
        Self::open(url, Some(folder)).await
    }

    pub async fn postgres() -> Option<Self> {
        Some(Self::open(servers::postgres()?, None).await)
    }

    async fn open(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let house = Self::bare(url, folder).await;
        house.settle_in().await;
        house
    }

    async fn bare(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let civil = VirtualCivilClock::at(moment("2026-03-01T10:00:00Z"));
        let machine = TestMachine::default();
        let dosing = Neighbor::open(&url, "dosing", &civil).await;
        let enrollment = Neighbor::open(&url, "enrollment", &civil).await;
        let labs = Neighbor::open(&url, "labs", &civil).await;
        let followup = Neighbor::open(&url, "followup", &civil).await;
        let store = Store::open(&url, "safety", tables()).await.unwrap();
        let peers = [&enrollment, &dosing, &labs, &followup];
        let service = assembled(&store, &civil, &machine, &peers).await;
        let ids = Ids::random();
        Self { _folder: folder, civil, machine, dosing, enrollment, labs, followup, store, service, ids }
    }

    /// A house that nobody has told anything.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::bare(format!("sqlite://{}/", folder.path().display()), Some(folder)).await
    }

    /// A trial with its site, its staff and two subjects, as enrollment tells of them.
    async fn settle_in(&self) {
        self.enrollment.activate_protocol().await;
        self.enrollment.register_site("cq2", "Asia/Shanghai").await;
        for (person, role) in STAFF {
            let site = if *person == "pete" { "cq2" } else { "" };
            self.enrollment.delegate(person, *role, site).await;
        }
        for subject in ["P-017", "P-018"] {
            self.enrollment.screen(subject, "cq2").await;
            self.enrollment.randomize(subject, "cq2", "msc").await;
        }
        self.hear().await;
        self.see_heads().await;
    }

    /// Applies all that the neighbors' journals hold.
    pub async fn hear(&self) {
        self.service.followers.compare().await.unwrap();
    }

    /// Each peer shows its heads, as it is asked to within a second of a start.
    pub async fn see_heads(&self) {
        peers_shown::run(&self.service.ctx, &self.service.followers).await.unwrap();
    }

    /// Safety ends and begins again over the same database.
    pub async fn restart(&mut self) {
        let peers = [&self.enrollment, &self.dosing, &self.labs, &self.followup];
        self.service = assembled(&self.store, &self.civil, &self.machine, &peers).await;
    }

    pub fn fresh(&self) -> String {
        self.ids.next().to_string()
    }

    /// Both machine clocks move on, and what comes due is looked at.
    pub async fn pass(&self, ms: u64) {
        self.machine.advance(Duration::from_millis(ms));
        waiting_holds::run(&self.service.ctx).await.unwrap();
    }

    pub async fn head(&self) -> Head {
        self.store.head(&Chain::trial(TRIAL)).await.unwrap()
    }

    /// A request of a person or a service, as the server stack hands it on.
    pub fn by<T>(&self, who: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let roles = STAFF.iter().filter(|(person, _)| *person == who).map(|(_, role)| *role);
        let mut roles: std::collections::BTreeSet<Role> = roles.collect();
        if roles.is_empty() {
            roles.insert(Role::Service);
        }
        let actor =
            Actor { principal: who.to_owned(), roles, token_id: "t".to_owned(), expires: Timestamp::MAX };
        request.extensions_mut().insert(actor);
        request
    }

    pub fn act(&self, reason: &str) -> Option<common::Act> {
        Some(common::Act { request_id: self.fresh(), reason: reason.to_owned() })
    }

    /// Dosing asks for a dose.
    pub async fn ask(&self, subject: &str, number: u32) -> Result<pb::IssuePermitResponse, Status> {
        self.ask_as(self.dose_ask(subject, number).await).await
    }

    pub async fn ask_as(&self, ask: pb::IssuePermitRequest) -> Result<pb::IssuePermitResponse, Status> {
        let asker =
            if ask.activity == common::Activity::Randomization as i32 { "enrollment" } else { "dosing" };
        Ok(self.service.rpcs().issue_permit(self.by(asker, ask)).await?.into_inner())
    }

    pub async fn dose_ask(&self, subject: &str, number: u32) -> pb::IssuePermitRequest {
        let first = number == 1;
        let activity = if first { common::Activity::FirstDose } else { common::Activity::Dosing };
        pb::IssuePermitRequest {
            ask: self.fresh(),
            trial: TRIAL.to_owned(),
            activity: activity.into(),
            placement: Some(common::Placement {
                subject: subject.to_owned(),
                site: "cq2".to_owned(),
                arm: "msc".to_owned(),
                cohort: String::new(),
            }),
            infusion: format!("{subject}-i{number}"),
            number,
            heads: Some(common::Heads { mine: Some(self.dosing.head().await.into()), yours: None }),
            attempt: 1,
            ..Default::default()
        }
    }

    /// Somebody places a hold on dosing and allocation in the whole trial.
    pub async fn hold(&self, scope: common::scope::Of) -> pb::HoldView {
        let request = pb::PlaceHoldRequest {
            act: self.act("a doubt"),
            trial: TRIAL.to_owned(),
            scope: Some(common::Scope { of: Some(scope) }),
            activities: vec![common::Activity::Randomization.into(), common::Activity::Dosing.into()],
        };
        let answer = self.service.rpcs().place_hold(self.by("nora", request)).await.unwrap();
        answer.into_inner().hold.unwrap()
    }

    /// The suspension board of a hold.
    pub async fn board_of(&self, hold: &str) -> pb::SuspensionBoard {
        let request = pb::GetSuspensionBoardRequest { trial: TRIAL.to_owned(), hold: hold.to_owned() };
        let answer = self.service.rpcs().get_suspension_board(self.by("bea", request)).await.unwrap();
        answer.into_inner()
    }

    /// Every alert of a trial, page by page.
    pub async fn alerts_of(&self, trial: &str) -> Vec<pb::AlertRaised> {
        let (mut alerts, mut after) = (vec![], String::new());
        loop {
            let page = Some(common::Page { after, size: 0 });
            let request = pb::ListAlertsRequest { trial: trial.to_owned(), page, ..Default::default() };
            let answer = self.service.rpcs().list_alerts(self.by("sam", request)).await.unwrap().into_inner();
            alerts.extend(answer.alerts.into_iter().filter_map(|view| view.alert));
            after = answer.next;
            if after.is_empty() {
                return alerts;
            }
        }
    }

    pub async fn obligations(&self) -> Vec<pb::Obligation> {
        let request = pb::ListObligationsRequest { trial: TRIAL.to_owned() };
        let rpcs = self.service.rpcs();
        rpcs.list_obligations(self.by("sam", request)).await.unwrap().into_inner().obligations
    }

    pub async fn holds(&self) -> Vec<pb::HoldView> {
        let request = pb::ListHoldsRequest { trial: TRIAL.to_owned(), include_released: true };
        let answer = self.service.rpcs().list_holds(self.by("ines", request)).await.unwrap();
        answer.into_inner().holds
    }

    pub async fn hold_now(&self, id: &str) -> pb::HoldView {
        self.holds().await.into_iter().find(|hold| hold.hold == id).unwrap()
    }

    pub async fn report(
        &self,
        subject: &str,
        facts: Vec<pb::AdverseEventFact>,
    ) -> pb::ReportAdverseEventResponse {
        let request = self.report_of(subject, facts);
        self.service.rpcs().report_adverse_event(self.by("ines", request)).await.unwrap().into_inner()
    }

    pub fn report_of(
        &self,
        subject: &str,
        facts: Vec<pb::AdverseEventFact>,
    ) -> pb::ReportAdverseEventRequest {
        pb::ReportAdverseEventRequest {
            act: self.act(""),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            term: "Respiratory failure".to_owned(),
            onset: Some(at(moment("2026-03-01T09:00:00Z"))),
            facts,
            ..Default::default()
        }
    }

    pub async fn sign(
        &self,
        who: &str,
        role: common::Role,
        hold: &str,
    ) -> Result<pb::SignReleaseResponse, Status> {
        let request = pb::SignReleaseRequest {
            act: self.act("reviewed"),
            trial: TRIAL.to_owned(),
            hold: hold.to_owned(),
            as_role: role.into(),
            ethics_reference: "EC-7".to_owned(),
            amendment: "none: the dose stays".to_owned(),
            statement: "no hold of the gap is missing".to_owned(),
        };
        Ok(self.service.rpcs().sign_release(self.by(who, request)).await?.into_inner())
    }
}

async fn assembled(
    store: &Store,
    civil: &VirtualCivilClock,
    machine: &TestMachine,
    peers: &[&Neighbor],
) -> Service {
    let deps = Deps {
        settings: Settings::default(),
        store: store.clone(),
        bus: Arc::new(Local::default()),
        civil: Arc::new(civil.clone()),
        machine: MachineClock::test(machine),
        ids: Ids::random(),
        peers: Peers::default(),
        shutdown: CancellationToken::new(),
    };
    assemble_with(deps, peers.iter().map(|peer| peer.peer()).collect()).await.unwrap()
}
