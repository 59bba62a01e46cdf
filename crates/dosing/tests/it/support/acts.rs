//! What people do in the suite: each rpc of dosing with usual values, by who usually calls it.

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::dosing::v1::dosing_server::Dosing as _;
use jiff::Timestamp;
use tonic::Status;

use super::world::{Doer, TRIAL, World, at, time};

impl World {
    pub async fn receive(&self, lot: &str, cells: &str, change: impl FnOnce(&mut pb::ReceiveLotRequest)) {
        let number = |value: &str, unit: &str| common::Value {
            of: Some(common::value::Of::Number(value.to_owned())),
            unit: unit.to_owned(),
        };
        let mut request = pb::ReceiveLotRequest {
            act: self.act(),
            lot: lot.to_owned(),
            product: "uc-msc".to_owned(),
            facts: [
                ("passage".to_owned(), number("4", "")),
                ("viability".to_owned(), number("92.5", "%")),
                (
                    "gene-modified".to_owned(),
                    common::Value { of: Some(common::value::Of::Yes(false)), unit: String::new() },
                ),
            ]
            .into(),
            cells: cells.to_owned(),
            expires: time(at("2026-12-31T00:00:00Z")),
            ..pb::ReceiveLotRequest::default()
        };
        change(&mut request);
        self.rpc.receive_lot(self.request(Doer::Pharmacist, request)).await.unwrap();
    }

    pub async fn release_lot(&self, lot: &str) -> Result<(), Status> {
        let request = pb::ReleaseLotRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            lot: lot.to_owned(),
            certificate: "COA-1".to_owned(),
        };
        self.rpc.release_lot(self.request(Doer::Pharmacist, request)).await.map(drop)
    }

    pub async fn release_a_lot(&self, lot: &str, cells: &str) {
        self.receive(lot, cells, |_| {}).await;
        self.release_lot(lot).await.unwrap();
    }

    /// Plans four infusions, the first on 2 March at 08:00 in Chongqing.
    pub async fn plan(&self, subject: &str) -> Vec<pb::Infusion> {
        let request = pb::PlanInfusionsRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            regimen: String::new(),
            first: time(at("2026-03-02T00:00:00Z")),
        };
        let planned = self.rpc.plan_infusions(self.request(Doer::Investigator, request)).await.unwrap();
        planned.into_inner().infusions
    }

    pub async fn weigh(
        &self,
        subject: &str,
        value: &str,
        unit: &str,
    ) -> Result<pb::RecordWeightResponse, Status> {
        let request = pb::RecordWeightRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            value: value.to_owned(),
            unit: unit.to_owned(),
            measured_at: time(self.now()),
        };
        Ok(self.rpc.record_weight(self.request(Doer::Nurse, request)).await?.into_inner())
    }

    pub async fn authorize(&self, infusion: &str, lot: &str, cells: &str) -> Result<pb::Dose, Status> {
        let request = pb::AuthorizeInfusionRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.to_owned(),
            lot: lot.to_owned(),
            cells: cells.to_owned(),
        };
        let answer = self.rpc.authorize_infusion(self.request(Doer::Pharmacist, request)).await?;
        Ok(answer.into_inner().dose.unwrap())
    }

    /// Goes to an infusion's day, weighs 60 kg and authorizes 60 million cells of L1.
    pub async fn prepare(&self, infusion: &pb::Infusion) {
        let due = infusion.due.unwrap();
        self.civil.set(Timestamp::new(due.seconds, due.nanos).unwrap());
        self.weigh(&infusion.subject, "60", "kg").await.unwrap();
        self.authorize(&infusion.infusion, "L1", "60000000").await.unwrap();
    }

    pub fn ask(&self, infusion: &pb::Infusion, attempt: u32) -> pb::StartInfusionRequest {
        pb::StartInfusionRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.infusion.clone(),
            attempt,
            earlier_not_heard: String::new(),
            check: Some(pb::BedsideCheck {
                subject: infusion.subject.clone(),
                lot: "L1".to_owned(),
                checked_with: "nurse.chen".to_owned(),
            }),
        }
    }

    pub async fn start(&self, ask: pb::StartInfusionRequest) -> Result<pb::StartInfusionResponse, Status> {
        Ok(self.rpc.start_infusion(self.request(Doer::Nurse, ask)).await?.into_inner())
    }

    pub async fn acknowledge(&self, infusion: &str, permit: &str) -> Result<(), Status> {
        let request = pb::AcknowledgeGoRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.to_owned(),
            permit: permit.to_owned(),
        };
        self.rpc.acknowledge_go(self.request(Doer::Nurse, request)).await.map(drop)
    }

    pub async fn confirm(&self, infusion: &str) -> Result<(), Status> {
        let request = pb::ConfirmStartRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.to_owned(),
            at: time(self.now()),
        };
        self.rpc.confirm_start(self.request(Doer::Nurse, request)).await.map(drop)
    }

    pub async fn abandon(&self, infusion: &str) -> Result<(), Status> {
        let request = pb::AbandonStartRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.to_owned(),
        };
        self.rpc.abandon_start(self.request(Doer::Nurse, request)).await.map(drop)
    }

    pub async fn complete(&self, infusion: &str, cells: &str, deviation: &str) -> Result<(), Status> {
        let request = pb::CompleteInfusionRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.to_owned(),
            at: time(self.now()),
            cells: cells.to_owned(),
            stopped_early: false,
            deviation: deviation.to_owned(),
        };
        self.rpc.complete_infusion(self.request(Doer::Nurse, request)).await.map(drop)
    }

    /// The whole of one infusion, half an hour long.
    pub async fn give(&self, infusion: &pb::Infusion) {
        self.prepare(infusion).await;
        let go = self.start(self.ask(infusion, 1)).await.unwrap();
        self.acknowledge(&infusion.infusion, &go.permit).await.unwrap();
        self.confirm(&infusion.infusion).await.unwrap();
        self.civil.advance(Duration::from_secs(1_800));
        self.complete(&infusion.infusion, "60000000", "").await.unwrap();
    }

    /// Weighs 60 kg, authorizes and starts at a moment; answers without waiting for the end.
    pub async fn begin_at(&self, infusion: &pb::Infusion, moment: Timestamp) -> Result<(), Status> {
        self.civil.set(moment);
        self.weigh(&infusion.subject, "60", "kg").await?;
        self.authorize(&infusion.infusion, "L1", "60000000").await?;
        let attempt = self.get(&infusion.infusion).await.attempt + 1;
        let go = self.start(self.ask(infusion, attempt)).await?;
        self.acknowledge(&infusion.infusion, &go.permit).await?;
        self.confirm(&infusion.infusion).await
    }

    /// The whole of one infusion at a moment, half an hour long.
    pub async fn give_at(&self, infusion: &pb::Infusion, moment: Timestamp) {
        self.begin_at(infusion, moment).await.unwrap();
        self.civil.advance(Duration::from_secs(1_800));
        self.complete(&infusion.infusion, "60000000", "").await.unwrap();
    }

    /// Plans a subject's infusions, the first at a moment.
    pub async fn plan_from(&self, subject: &str, first: Timestamp) -> Result<Vec<pb::Infusion>, Status> {
        let request = pb::PlanInfusionsRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            regimen: String::new(),
            first: time(first),
        };
        let planned = self.rpc.plan_infusions(self.request(Doer::Investigator, request)).await?;
        Ok(planned.into_inner().infusions)
    }

    pub async fn get(&self, infusion: &str) -> pb::Infusion {
        let request = pb::GetInfusionRequest { trial: TRIAL.to_owned(), infusion: infusion.to_owned() };
        self.rpc.get_infusion(self.request(Doer::Nurse, request)).await.unwrap().into_inner()
    }

    pub async fn list(&self) -> Vec<pb::Infusion> {
        let request =
            pb::ListInfusionsRequest { trial: TRIAL.to_owned(), ..pb::ListInfusionsRequest::default() };
        self.rpc.list_infusions(self.request(Doer::Nurse, request)).await.unwrap().into_inner().infusions
    }

    pub async fn lot(&self, lot: &str) -> pb::Lot {
        let request = self.request(Doer::Nurse, pb::GetLotRequest { lot: lot.to_owned() });
        self.rpc.get_lot(request).await.unwrap().into_inner()
    }

    pub async fn rpc_plan_again(&self) -> Result<(), Status> {
        let request = pb::PlanInfusionsRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            subject: "P-001".to_owned(),
            regimen: String::new(),
            first: time(at("2026-03-02T00:00:00Z")),
        };
        self.rpc.plan_infusions(self.request(Doer::Investigator, request)).await.map(drop)
    }

    pub async fn correct_start(&self, infusion: &str, seconds_later: i64) -> Result<(), Status> {
        let started = self.get(infusion).await.started_at.unwrap_or_default();
        let request = pb::CorrectStartTimeRequest {
            act: self.act(),
            trial: TRIAL.to_owned(),
            infusion: infusion.to_owned(),
            at: Some(prost_types::Timestamp { seconds: started.seconds + seconds_later, ..started }),
        };
        self.rpc.correct_start_time(self.request(Doer::Investigator, request)).await.map(drop)
    }

    pub async fn weigh_as(&self, request_id: &str, value: &str) -> Result<pb::RecordWeightResponse, Status> {
        let request = pb::RecordWeightRequest {
            act: Some(common::Act { request_id: request_id.to_owned(), reason: String::new() }),
            trial: TRIAL.to_owned(),
            subject: "P-001".to_owned(),
            value: value.to_owned(),
            unit: "kg".to_owned(),
            measured_at: time(self.now()),
        };
        Ok(self.rpc.record_weight(self.request(Doer::Nurse, request)).await?.into_inner())
    }

    pub fn lot_request(&self, lot: &str) -> pb::ReceiveLotRequest {
        pb::ReceiveLotRequest {
            act: self.act(),
            lot: lot.to_owned(),
            product: "uc-msc".to_owned(),
            cells: "1".to_owned(),
            expires: time(at("2026-12-31T00:00:00Z")),
            ..pb::ReceiveLotRequest::default()
        }
    }
}
