//! A service beside safety: a real journal, served by the real journal service, whose line can be cut.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use holdpoint_api::{
    common::v1 as common, dosing::v1 as dosing, enrollment::v1 as enrollment, followup::v1 as followup,
    labs::v1 as labs, safety::v1 as safety,
};
use holdpoint_chassis::clock::{CivilClock as _, VirtualCivilClock};
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{By, Chain, Entry, Head, JournalService, Parked, Peer, Store, Watch};
use prost::Message;
use tower::ServiceExt as _;

use super::{TRIAL, at};

#[derive(Clone)]
pub struct Neighbor {
    pub store: Store,
    /// The trial whose chain it tells of.
    pub trial: String,
    name: &'static str,
    civil: VirtualCivilClock,
    cut: Arc<AtomicBool>,
}

struct Nothing;

impl Watch for Nothing {
    fn on_own_rollback<'a>(&'a self, _: &'a Chain, _: &'a str, _: Head) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
    fn on_peer_rollback<'a>(&'a self, _: &'a str, _: &'a Chain, _: Head, _: Head) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
    fn on_parked<'a>(&'a self, _: &'a Parked) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

impl Neighbor {
    pub async fn open(url: &str, name: &'static str, civil: &VirtualCivilClock) -> Self {
        let store = Store::open(url, name, vec![]).await.unwrap();
        Self { store, trial: TRIAL.to_owned(), name, civil: civil.clone(), cut: Arc::default() }
    }

    /// The same service, speaking of another trial.
    pub fn of(&self, trial: &str) -> Self {
        Self { trial: trial.to_owned(), ..self.clone() }
    }

    /// Its journal as safety reaches it.
    pub fn peer(&self) -> Peer {
        let server =
            JournalService::server(self.store.clone(), Arc::new(Nothing), Arc::new(self.civil.clone()));
        let cut = self.cut.clone();
        let line = tower::service_fn(move |request: http::Request<tonic::body::Body>| {
            let (server, cut) = (server.clone(), cut.clone());
            async move {
                if cut.load(Ordering::SeqCst) {
                    return Err(Box::<dyn std::error::Error + Send + Sync>::from("the line is cut"));
                }
                server.oneshot(request).await.map_err(|never| match never {})
            }
        });
        Peer::new(self.name, line)
    }

    pub fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    pub async fn head(&self) -> Head {
        self.store.head(&Chain::trial(self.trial.as_str())).await.unwrap()
    }

    /// Appends one event row, as the service itself would.
    pub async fn tell(&self, kind: &'static str, message: &impl Message) {
        let mut tx = self.store.begin(&By::new(self.name, self.civil.now())).await.unwrap();
        tx.append(Entry::event(Chain::trial(self.trial.as_str()), kind, message.encode_to_vec()).critical());
        tx.commit().await.unwrap();
    }

    fn now(&self) -> Option<prost_types::Timestamp> {
        Some(at(self.civil.now()))
    }

    pub async fn activate_protocol(&self) {
        let read = |path: &str| {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocols");
            std::fs::read_to_string(format!("{root}/{path}")).unwrap()
        };
        let dictionaries: HashMap<String, String> = ["common", "hsct", "als", "ich"]
            .map(|name| (name.to_owned(), read(&format!("dictionary/{name}.toml"))))
            .into();
        let protocol = common::ProtocolRef {
            trial: self.trial.clone(),
            version: "1.0".to_owned(),
            digest: format!("digest-of-{}", self.trial),
        };
        let message = enrollment::ProtocolActivated {
            protocol: Some(protocol),
            trial_file: read(&format!("{}.toml", self.trial)),
            dictionaries: dictionaries.into_iter().collect(),
            at: self.now(),
        };
        self.tell("holdpoint.enrollment.v1.ProtocolActivated", &message).await;
    }

    pub async fn register_site(&self, site: &str, zone: &str) {
        let message = enrollment::SiteRegistered {
            trial: self.trial.clone(),
            site: site.to_owned(),
            name: "Hospital".to_owned(),
            time_zone: zone.to_owned(),
        };
        self.tell("holdpoint.enrollment.v1.SiteRegistered", &message).await;
    }

    pub async fn delegate(&self, person: &str, role: Role, site: &str) {
        let name = format!("ROLE_{}", role.as_str().to_uppercase().replace('-', "_"));
        let message = enrollment::RoleDelegated {
            delegation: format!("{person}-{role}-{}", self.trial),
            trial: self.trial.clone(),
            site: site.to_owned(),
            person: person.to_owned(),
            role: common::Role::from_str_name(&name).unwrap().into(),
            from: Some(prost_types::Timestamp::default()),
            until: None,
        };
        self.tell("holdpoint.enrollment.v1.RoleDelegated", &message).await;
    }

    pub async fn screen(&self, subject: &str, site: &str) {
        let message = enrollment::SubjectScreened {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            site: site.to_owned(),
            at: self.now(),
            protocol: None,
        };
        self.tell("holdpoint.enrollment.v1.SubjectScreened", &message).await;
    }

    pub async fn randomize(&self, subject: &str, site: &str, arm: &str) {
        self.allocated(subject, site, arm, "", &format!("permit-of-{subject}")).await;
    }

    /// An allocation was shown under a permit of safety's, and acknowledged.
    pub async fn allocation_heard(&self, subject: &str, site: &str, cohort: &str, permit: &str) {
        let starting = enrollment::AllocationStarting {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            permit: permit.to_owned(),
            attempt: 1,
            at: self.now(),
        };
        self.tell("holdpoint.enrollment.v1.AllocationStarting", &starting).await;
        let heard = enrollment::AllocationHeard {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            permit: permit.to_owned(),
        };
        self.tell("holdpoint.enrollment.v1.AllocationHeard", &heard).await;
        self.allocated(subject, site, "cells", cohort, permit).await;
    }

    async fn allocated(&self, subject: &str, site: &str, arm: &str, cohort: &str, permit: &str) {
        let message = enrollment::SubjectRandomized {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            site: site.to_owned(),
            arm: arm.to_owned(),
            cohort: cohort.to_owned(),
            permit: permit.to_owned(),
            at: self.now(),
            protocol: None,
        };
        self.tell("holdpoint.enrollment.v1.SubjectRandomized", &message).await;
    }

    pub async fn starting(&self, subject: &str, number: u32, permit: &str) {
        let message = dosing::InfusionStarting {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            number,
            permit: permit.to_owned(),
            attempt: 1,
            at: self.now(),
        };
        self.tell("holdpoint.dosing.v1.InfusionStarting", &message).await;
    }

    pub async fn heard(&self, subject: &str, number: u32, permit: &str) {
        let message = dosing::GoHeard {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            permit: permit.to_owned(),
            at: self.now(),
        };
        self.tell("holdpoint.dosing.v1.GoHeard", &message).await;
    }

    pub async fn voided(&self, subject: &str, number: u32, permit: &str, stated: bool) {
        let message = dosing::PermitVoided {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            permit: permit.to_owned(),
            why: "life over".to_owned(),
            stated,
        };
        self.tell("holdpoint.dosing.v1.PermitVoided", &message).await;
    }

    pub async fn started(&self, subject: &str, number: u32, permit: &str, when: &str) {
        let message = dosing::InfusionStarted {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            number,
            permit: permit.to_owned(),
            at: Some(at(super::moment(when))),
            lot: "L1".to_owned(),
            timing: "on time".to_owned(),
        };
        self.tell("holdpoint.dosing.v1.InfusionStarted", &message).await;
    }

    pub async fn completed(&self, subject: &str, number: u32, permit: &str) {
        let message = dosing::InfusionCompleted {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            number,
            permit: permit.to_owned(),
            at: self.now(),
            cells: "60000000".to_owned(),
            stopped_early: false,
            deviation: String::new(),
        };
        self.tell("holdpoint.dosing.v1.InfusionCompleted", &message).await;
    }

    pub async fn checked(&self, hold: &str) {
        let message = dosing::HoldChecked {
            trial: self.trial.clone(),
            hold: hold.to_owned(),
            at: self.now(),
            frozen: vec!["P-018-i2".to_owned()],
            in_progress: vec![],
            summary: "froze 1".to_owned(),
            ..Default::default()
        };
        self.tell("holdpoint.dosing.v1.HoldChecked", &message).await;
    }

    /// The checks of enrollment, labs and followup, each in its own words.
    pub async fn checked_by_enrollment(&self, hold: &str) {
        let message = enrollment::HoldChecked {
            trial: self.trial.clone(),
            hold: hold.to_owned(),
            at: self.now(),
            in_screening: vec!["P-030".to_owned()],
            summary: "1 in screening".to_owned(),
            ..Default::default()
        };
        self.tell("holdpoint.enrollment.v1.HoldChecked", &message).await;
    }

    pub async fn checked_by_labs(&self, hold: &str) {
        let message = labs::HoldChecked {
            trial: self.trial.clone(),
            hold: hold.to_owned(),
            at: self.now(),
            last_results: vec!["P-017 platelets 12 e9/L 2026-03-01".to_owned()],
            summary: "1 last result".to_owned(),
            ..Default::default()
        };
        self.tell("holdpoint.labs.v1.HoldChecked", &message).await;
    }

    pub async fn checked_by_followup(&self, hold: &str) {
        let message = followup::HoldChecked {
            trial: self.trial.clone(),
            hold: hold.to_owned(),
            at: self.now(),
            frozen: vec!["P-018 infusion 2".to_owned()],
            safety_visits: 7,
            summary: "7 safety visits go on".to_owned(),
            ..Default::default()
        };
        self.tell("holdpoint.followup.v1.HoldChecked", &message).await;
    }

    /// Labs says of an episode what it found last.
    pub async fn proposed(&self, candidate: &str, subject: &str, fact: &str, grade: u32, withdrawn: bool) {
        let message = labs::CandidateProposed {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            candidate: candidate.to_owned(),
            fact: fact.to_owned(),
            term: "Creatinine increased".to_owned(),
            scale: "CTCAE 5.0".to_owned(),
            grade,
            baseline_grade: 1,
            from: "2026-03-01".to_owned(),
            evidence: vec![format!("r-17/{grade}")],
            withdrawn,
        };
        self.tell("holdpoint.labs.v1.CandidateProposed", &message).await;
    }

    pub async fn derived(&self, subject: &str, event: &str, date: &str, withdrawn: bool) {
        let message = labs::EventDerived {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            event: event.to_owned(),
            date: date.to_owned(),
            known: date.to_owned(),
            withdrawn,
            proof: vec!["r-1/1".to_owned()],
        };
        self.tell("holdpoint.labs.v1.EventDerived", &message).await;
    }

    /// The same, of a hold on the first doses of one arm that is never released.
    pub async fn checked_permanent_of_arm(&self, hold: &str, arm: &str) {
        let message = dosing::HoldChecked {
            trial: self.trial.clone(),
            hold: hold.to_owned(),
            at: self.now(),
            kind: safety::HoldKind::Permanent.into(),
            scope: Some(common::Scope { of: Some(common::scope::Of::Arm(arm.to_owned())) }),
            activities: vec![common::Activity::FirstDose.into()],
            ..Default::default()
        };
        self.tell("holdpoint.dosing.v1.HoldChecked", &message).await;
    }

    pub async fn never_claimed(&self, subject: &str, number: u32, permit: &str) {
        let message = dosing::PermitVoided {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            permit: permit.to_owned(),
            why: "never claimed".to_owned(),
            stated: false,
        };
        self.tell("holdpoint.dosing.v1.PermitVoided", &message).await;
    }

    /// It goes on after a restore that lost a row which somebody had seen.
    pub async fn reopen(&self, chain: &Chain) {
        let head = self.store.head(chain).await.unwrap();
        let lost = Head { number: head.number + 3, hash: [9; 32], ..head };
        self.store.open_incarnation(&By::new(self.name, self.civil.now()), chain, lost).await.unwrap();
    }

    pub async fn died(&self, subject: &str, milestone: &str, when: &str) {
        let message = enrollment::MilestoneRecorded {
            trial: self.trial.clone(),
            subject: subject.to_owned(),
            event: "death".to_owned(),
            at: Some(at(super::moment(when))),
            milestone: milestone.to_owned(),
            ..Default::default()
        };
        self.tell("holdpoint.enrollment.v1.MilestoneRecorded", &message).await;
    }
}
