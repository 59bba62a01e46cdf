//! A second trial in the house, one that escalates: its subjects are allocated to cohorts and begun under permits of
//! safety's, as enrollment and dosing would.

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use tonic::Status;

use super::{House, Neighbor, STAFF};

pub struct Escalating {
    pub house: House,
    pub trial: &'static str,
    pub enrollment: Neighbor,
    pub dosing: Neighbor,
}

pub const DAY: Duration = Duration::from_secs(86_400);

impl Escalating {
    pub async fn open(house: House, trial: &'static str) -> Self {
        let (enrollment, dosing) = (house.enrollment.of(trial), house.dosing.of(trial));
        enrollment.activate_protocol().await;
        enrollment.register_site("mn1", "America/Chicago").await;
        for (person, role) in STAFF {
            enrollment.delegate(person, *role, "").await;
        }
        house.hear().await;
        Self { house, trial, enrollment, dosing }
    }

    pub fn pass(&self, days: u32) {
        self.house.civil.advance(DAY * days);
    }

    /// Enrollment asks for an allocation to this cohort.
    pub async fn ask_allocation(
        &self,
        subject: &str,
        cohort: &str,
    ) -> Result<pb::IssuePermitResponse, Status> {
        let request = pb::IssuePermitRequest {
            ask: self.house.fresh(),
            trial: self.trial.to_owned(),
            activity: common::Activity::Randomization.into(),
            placement: Some(common::Placement {
                subject: subject.to_owned(),
                site: "mn1".to_owned(),
                ..Default::default()
            }),
            possible_arms: vec!["cells".to_owned()],
            possible_cohorts: vec![cohort.to_owned()].into_iter().filter(|one| !one.is_empty()).collect(),
            heads: Some(common::Heads { mine: Some(self.enrollment.head().await.into()), yours: None }),
            attempt: 1,
            ..Default::default()
        };
        self.house.ask_as(request).await
    }

    /// A subject is screened and allocated.
    pub async fn allocate(&self, subject: &str, cohort: &str) {
        self.enrollment.screen(subject, "mn1").await;
        let permit = self.ask_allocation(subject, cohort).await.unwrap().permit;
        self.enrollment.allocation_heard(subject, "mn1", cohort, &permit).await;
        self.house.hear().await;
    }

    /// Dosing asks for a first dose.
    pub async fn ask_first(&self, subject: &str, cohort: &str) -> Result<pb::IssuePermitResponse, Status> {
        let request = pb::IssuePermitRequest {
            ask: self.house.fresh(),
            trial: self.trial.to_owned(),
            activity: common::Activity::FirstDose.into(),
            placement: Some(common::Placement {
                subject: subject.to_owned(),
                site: "mn1".to_owned(),
                arm: "cells".to_owned(),
                cohort: cohort.to_owned(),
            }),
            infusion: format!("{subject}-i1"),
            number: 1,
            heads: Some(common::Heads { mine: Some(self.dosing.head().await.into()), yours: None }),
            attempt: 1,
            ..Default::default()
        };
        self.house.ask_as(request).await
    }

    /// The first dose is given at this moment, and done.
    pub async fn dose(&self, subject: &str, cohort: &str) {
        let permit = self.ask_first(subject, cohort).await.unwrap().permit;
        self.dosing.starting(subject, 1, &permit).await;
        self.dosing.heard(subject, 1, &permit).await;
        let now = holdpoint_chassis::clock::CivilClock::now(&self.house.civil);
        self.dosing.started(subject, 1, &permit, &now.to_string()).await;
        self.dosing.completed(subject, 1, &permit).await;
        self.house.hear().await;
    }

    /// Three subjects of a cohort are allocated and dosed, a week between them; then the month of the last passes.
    pub async fn fill(&self, cohort: &str) -> Vec<String> {
        let subjects: Vec<String> = (1..=3).map(|n| format!("S-{cohort}-{n}")).collect();
        for subject in &subjects {
            self.allocate(subject, cohort).await;
            self.dose(subject, cohort).await;
            self.pass(7);
        }
        self.pass(31);
        subjects
    }

    pub async fn report(
        &self,
        subject: &str,
        facts: Vec<pb::AdverseEventFact>,
    ) -> pb::ReportAdverseEventResponse {
        let mut request = self.house.report_of(subject, facts);
        request.trial = self.trial.to_owned();
        let rpcs = self.house.service.rpcs();
        rpcs.report_adverse_event(self.house.by("ines", request)).await.unwrap().into_inner()
    }

    /// The board decides that a cohort may open, on behalf of a party.
    pub async fn decide(
        &self,
        cohort: &str,
        speaking_for: &str,
    ) -> Result<pb::RecordBoardDecisionResponse, Status> {
        let request = pb::RecordBoardDecisionRequest {
            act: self.house.act("reviewed"),
            trial: self.trial.to_owned(),
            text: format!("cohort {cohort} may open"),
            holds: vec![],
            opens_cohort: cohort.to_owned(),
            speaking_for: speaking_for.to_owned(),
            reference: if speaking_for.is_empty() { String::new() } else { "letter 12".to_owned() },
        };
        let rpcs = self.house.service.rpcs();
        Ok(rpcs.record_board_decision(self.house.by("bea", request)).await?.into_inner())
    }

    pub async fn stands(&self) -> pb::EscalationView {
        let request = pb::GetEscalationRequest { trial: self.trial.to_owned() };
        let rpcs = self.house.service.rpcs();
        rpcs.get_escalation(self.house.by("bea", request)).await.unwrap().into_inner()
    }

    pub async fn holds(&self) -> Vec<pb::HoldView> {
        let request = pb::ListHoldsRequest { trial: self.trial.to_owned(), include_released: true };
        self.house.service.rpcs().list_holds(self.house.by("ines", request)).await.unwrap().into_inner().holds
    }
}
