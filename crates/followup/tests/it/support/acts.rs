//! What peers tell of a subject and what people do, each with usual values.

use holdpoint_api::common::v1 as common;
use holdpoint_api::dosing::v1 as dosing;
use holdpoint_api::enrollment::v1 as enrollment;
use holdpoint_api::followup::v1 as pb;
use holdpoint_api::followup::v1::followup_server::Followup as _;
use holdpoint_api::labs::v1 as labs;
use holdpoint_api::safety::v1 as safety;
use tonic::Status;

use super::world::{Doer, TRIAL, World, reference, time};

impl World {
    pub async fn screened(&self, subject: &str) {
        let event = enrollment::SubjectScreened {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            site: "cq2".to_owned(),
            at: time(self.now()),
            protocol: Some(reference()),
        };
        self.enrolled("SubjectScreened", &event).await;
    }

    pub async fn consented(&self, subject: &str, date: &str) {
        let event = enrollment::ConsentRecorded {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            date: date.to_owned(),
            protocol: Some(reference()),
            ..Default::default()
        };
        self.enrolled("ConsentRecorded", &event).await;
    }

    /// Something that happened, under a record of its own.
    pub async fn milestone(&self, subject: &str, event: &str, date: &str) {
        self.milestone_as((&format!("m-{event}"), ""), subject, event, date, false).await;
    }

    pub async fn milestone_as(
        &self,
        (id, replaces): (&str, &str),
        subject: &str,
        event: &str,
        date: &str,
        withdrawn: bool,
    ) {
        let event = enrollment::MilestoneRecorded {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            event: event.to_owned(),
            date: date.to_owned(),
            replaces: replaces.to_owned(),
            withdrawn,
            milestone: id.to_owned(),
            ..enrollment::MilestoneRecorded::default()
        };
        self.enrolled("MilestoneRecorded", &event).await;
    }

    pub async fn randomized(&self, subject: &str, arm: &str, at: jiff::Timestamp) {
        let event = enrollment::SubjectRandomized {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            site: "cq2".to_owned(),
            arm: arm.to_owned(),
            at: time(at),
            protocol: Some(reference()),
            ..enrollment::SubjectRandomized::default()
        };
        self.enrolled("SubjectRandomized", &event).await;
    }

    /// Treatment or study ends by a rule.
    pub async fn discontinued(&self, subject: &str, axis: &str, rule: &str) {
        let event = enrollment::SubjectDiscontinued {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            axis: axis.to_owned(),
            rule: rule.to_owned(),
            at: time(self.now()),
        };
        self.enrolled("SubjectDiscontinued", &event).await;
    }

    /// Labs found an event, or does not find it any more.
    pub async fn found(&self, subject: &str, event: &str, date: &str, withdrawn: bool) {
        let event = labs::EventDerived {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            event: event.to_owned(),
            date: date.to_owned(),
            known: date.to_owned(),
            withdrawn,
            proof: vec![],
        };
        self.lab_told("EventDerived", &event).await;
    }

    /// Labs tells one platelet count.
    pub async fn counted(&self, subject: &str, result: (&str, u32), taken: &str, void: bool) {
        self.results(vec![self.platelets(subject, result, taken, void)]).await;
    }

    /// Results that labs tells together.
    pub async fn results(&self, results: Vec<labs::Result>) {
        let event = labs::ResultsRecorded { trial: TRIAL.to_owned(), results };
        self.lab_told("ResultsRecorded", &event).await;
    }

    /// A version of a platelet count taken at a moment by the site's clock.
    pub fn platelets(
        &self,
        subject: &str,
        (result, version): (&str, u32),
        taken: &str,
        void: bool,
    ) -> labs::Result {
        let number = common::value::Of::Number("41".to_owned());
        let result = labs::Result {
            result: result.to_owned(),
            version,
            subject: subject.to_owned(),
            fact: "platelets".to_owned(),
            value: (!void).then(|| common::Value { of: Some(number), unit: "e9/L".to_owned() }),
            taken_at: time(self.local(taken)),
            ..labs::Result::default()
        };
        labs::Result { void, ..result }
    }

    /// Dosing plans an infusion of MSC for a moment, a day to either side.
    pub async fn infusion_planned(&self, subject: &str, number: u32, due: jiff::Timestamp) {
        let hours = jiff::SignedDuration::from_hours(24);
        self.infusion_planned_until(subject, number, due, Some(due + hours)).await;
    }

    /// The same until another moment, or without one.
    pub async fn infusion_planned_until(
        &self,
        subject: &str,
        number: u32,
        due: jiff::Timestamp,
        latest: Option<jiff::Timestamp>,
    ) {
        let hours = jiff::SignedDuration::from_hours(24);
        let event = dosing::InfusionPlanned {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            number,
            regimen: "msc".to_owned(),
            due: time(due),
            earliest: time(due - hours),
            latest: latest.and_then(time),
        };
        self.dosed("InfusionPlanned", &event).await;
    }

    pub async fn infused(&self, subject: &str, number: u32, at: jiff::Timestamp) {
        let event = dosing::InfusionStarted {
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            infusion: format!("{subject}-i{number}"),
            number,
            permit: format!("{subject}-p{number}"),
            at: time(at),
            lot: "L1".to_owned(),
            ..Default::default()
        };
        self.dosed("InfusionStarted", &event).await;
    }

    pub async fn hold_placed(&self, hold: &str) {
        let event = safety::HoldPlaced {
            trial: TRIAL.to_owned(),
            hold: hold.to_owned(),
            scope: Some(common::Scope { of: Some(common::scope::Of::Trial(true)) }),
            activities: vec![common::Activity::Randomization as i32, common::Activity::Dosing as i32],
            kind: safety::HoldKind::PendingBoardDecision as i32,
            reason: "rule suspend-ventilation (Protocol 7.3.1)".to_owned(),
            at: time(self.now()),
            epoch: 1,
            ..safety::HoldPlaced::default()
        };
        self.safety_told("HoldPlaced", &event).await;
    }

    pub async fn hold_released(&self, hold: &str) {
        let event = safety::HoldReleased {
            trial: TRIAL.to_owned(),
            hold: hold.to_owned(),
            at: time(self.now()),
            ..safety::HoldReleased::default()
        };
        self.safety_told("HoldReleased", &event).await;
    }

    pub fn activity(&self, subject: &str, activity: &str, date: &str) -> pb::RecordActivityRequest {
        pb::RecordActivityRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            activity: activity.to_owned(),
            date: date.to_owned(),
            ..pb::RecordActivityRequest::default()
        }
    }

    pub async fn record(
        &self,
        request: pb::RecordActivityRequest,
    ) -> Result<pb::RecordActivityResponse, Status> {
        Ok(self.rpc.record_activity(self.request(Doer::Coordinator, request)).await?.into_inner())
    }

    pub async fn mark(&self, subject: &str, visit: &str, state: &str) -> Result<(), Status> {
        let request = pb::MarkNotDoneRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            visit: visit.to_owned(),
            state: state.to_owned(),
        };
        self.rpc.mark_not_done(self.request(Doer::Coordinator, request)).await.map(drop)
    }

    pub async fn reschedule(&self, subject: &str, visit: &str, date: &str) -> Result<String, Status> {
        let request = pb::RescheduleRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            visit: visit.to_owned(),
            date: date.to_owned(),
        };
        let answer = self.rpc.reschedule(self.request(Doer::Coordinator, request)).await?;
        Ok(answer.into_inner().deviation)
    }

    pub async fn schedule(&self, subject: &str) -> pb::Schedule {
        let request = pb::GetScheduleRequest { trial: TRIAL.to_owned(), subject: subject.to_owned() };
        self.rpc.get_schedule(self.request(Doer::Coordinator, request)).await.unwrap().into_inner()
    }

    pub async fn visit(&self, subject: &str, name: &str) -> pb::Visit {
        let visits = self.schedule(subject).await.visits;
        visits.into_iter().find(|visit| visit.visit == name).unwrap_or_else(|| panic!("no visit {name}"))
    }

    pub async fn state(&self, subject: &str, name: &str) -> String {
        self.visit(subject, name).await.state
    }

    pub async fn list_due(&self, from: &str, until: &str, overdue_only: bool) -> Vec<pb::DueVisit> {
        let mut all = vec![];
        let mut after = String::new();
        loop {
            let request = pb::ListDueRequest {
                trial: TRIAL.to_owned(),
                from: from.to_owned(),
                until: until.to_owned(),
                overdue_only,
                page: Some(common::Page { after: after.clone(), size: 50 }),
            };
            let page =
                self.rpc.list_due(self.request(Doer::Coordinator, request)).await.unwrap().into_inner();
            all.extend(page.visits);
            after = page.next;
            if after.is_empty() {
                return all;
            }
        }
    }

    pub async fn count(&self) -> pb::VisitCounts {
        let request = pb::CountVisitsRequest { trial: TRIAL.to_owned() };
        self.rpc.count_visits(self.request(Doer::Coordinator, request)).await.unwrap().into_inner()
    }

    /// A subject in the study on the 1st, transplanted on the 6th of January 2025.
    pub async fn transplanted(&self, subject: &str) {
        self.go("2025-01-01");
        self.screened(subject).await;
        self.consented(subject, "2025-01-01").await;
        self.milestone(subject, "transplant", "2025-01-06").await;
        self.hear().await;
    }
}
