//! The ward: a lot of cells, weekly infusions, and what is done for each: weigh, authorize, start, complete. Protocol 5.1, 6.4.

use anyhow::Context as _;
use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::dosing::v1::*;

use super::{Bed, Story, Subject, TRIAL, moment, proto};

/// The lot that everybody is given.
pub const LOT: &str = "GL-2603";

impl Story {
    /// Takes in and releases the lot.
    pub async fn lot(&self) -> anyhow::Result<()> {
        let pharmacist = &self.people.pharmacist;
        let mut dosing = pharmacist.dosing.clone();
        let number =
            |text: &str, unit: &str| Value { of: Some(Of::Number(text.to_owned())), unit: unit.to_owned() };
        let facts = [
            ("viability".to_owned(), number("93", "%")),
            ("passage".to_owned(), number("4", "")),
            ("gene-modified".to_owned(), Value { of: Some(Of::Yes(false)), unit: String::new() }),
        ];
        let request = ReceiveLotRequest {
            act: pharmacist.act("arrived in dry shipper, seal intact"),
            lot: LOT.to_owned(),
            product: "uc-msc".to_owned(),
            facts: facts.into(),
            cells: "9000000000".to_owned(),
            expires: proto(moment("2026-09-30T00:00")?),
            ..Default::default()
        };
        dosing.receive_lot(request).await.context("receive the lot")?;
        let request = ReleaseLotRequest {
            act: pharmacist.act("certificate read"),
            trial: TRIAL.to_owned(),
            lot: LOT.to_owned(),
            certificate: "CoA GL-2603 / third party 26-0117".to_owned(),
        };
        dosing.release_lot(request).await.context("release the lot")?;
        Ok(())
    }

    /// Plans a subject's four infusions from the moment of the first.
    pub async fn plan(&mut self, subject: &Subject, first: &str) -> anyhow::Result<()> {
        self.weigh(subject).await?;
        let coordinator = &self.people.coordinator;
        let request = PlanInfusionsRequest {
            act: coordinator.act("agreed with the ward"),
            trial: TRIAL.to_owned(),
            subject: subject.id.clone(),
            regimen: String::new(),
            first: proto(moment(first)?),
        };
        let planned = coordinator.dosing.clone().plan_infusions(request).await;
        let planned = planned.with_context(|| format!("plan {}", subject.id))?.into_inner();
        let infusions = planned.infusions.into_iter().map(|infusion| infusion.infusion).collect();
        self.plans.insert(subject.id.clone(), infusions);
        Ok(())
    }

    /// The id of a subject's dose.
    pub fn infusion(&self, subject: &Subject, dose: usize) -> anyhow::Result<String> {
        let plan = self.plans.get(&subject.id).with_context(|| format!("{} has no plan", subject.id))?;
        plan.get(dose - 1).cloned().with_context(|| format!("{} has no dose {dose} planned", subject.id))
    }

    async fn weigh(&self, subject: &Subject) -> anyhow::Result<()> {
        let nurse = &self.people.nurse;
        let request = RecordWeightRequest {
            act: nurse.act("weighed on the ward"),
            trial: TRIAL.to_owned(),
            subject: subject.id.clone(),
            value: subject.kilograms.to_string(),
            unit: "kg".to_owned(),
            measured_at: proto(self.now()),
        };
        nurse.dosing.clone().record_weight(request).await.with_context(|| format!("weigh {}", subject.id))?;
        Ok(())
    }

    /// Weighs, and has pharmacy authorize lot and amount on that weight.
    pub async fn prepare(&self, subject: &Subject, dose: usize) -> anyhow::Result<()> {
        self.weigh(subject).await?;
        let infusion = self.infusion(subject, dose)?;
        let pharmacist = &self.people.pharmacist;
        let request = AuthorizeInfusionRequest {
            act: pharmacist.act("right lot, right amount"),
            trial: TRIAL.to_owned(),
            infusion,
            lot: LOT.to_owned(),
            cells: cells(subject),
        };
        let answer = pharmacist.dosing.clone().authorize_infusion(request).await;
        answer.with_context(|| format!("authorize dose {dose} of {}", subject.id))?;
        Ok(())
    }

    /// The bed where a subject's dose is given.
    pub fn bed(&self, subject: &Subject, dose: usize) -> anyhow::Result<Bed> {
        Ok(Bed {
            people: self.people.clone(),
            infusion: self.infusion(subject, dose)?,
            thing: subject.dose(dose),
            cells: cells(subject),
        })
    }

    /// The cells flow.
    pub async fn confirm(&self, subject: &Subject, dose: usize) -> anyhow::Result<()> {
        self.bed(subject, dose)?.confirm(self.now()).await
    }

    /// A person says that nothing was given.
    pub async fn abandon(&self, subject: &Subject, dose: usize) -> anyhow::Result<()> {
        self.bed(subject, dose)?.abandon().await
    }

    /// The bag is empty.
    pub async fn complete(&self, subject: &Subject, dose: usize) -> anyhow::Result<()> {
        self.bed(subject, dose)?.complete(self.now()).await
    }

    /// Gives a dose to several subjects, from scales to empty bag.
    pub async fn give(&mut self, subjects: &[Subject], dose: usize) -> anyhow::Result<()> {
        for subject in subjects {
            self.prepare(subject, dose).await?;
            let started = self.start(subject, dose).await?;
            started.map_err(|refusal| anyhow::anyhow!("dose {dose} of {}: {refusal:?}", subject.id))?;
        }
        self.later(45)?;
        for subject in subjects {
            self.complete(subject, dose).await?;
        }
        self.hush().await
    }

    /// One infusion as dosing knows it.
    pub async fn look(&self, infusion: &str) -> anyhow::Result<Infusion> {
        let request = GetInfusionRequest { trial: TRIAL.to_owned(), infusion: infusion.to_owned() };
        let answer = self.people.auditor.dosing.clone().get_infusion(request).await;
        Ok(answer.context("read an infusion")?.into_inner())
    }
}

/// 1e6 cells for each kilogram, as decimal text.
fn cells(subject: &Subject) -> String {
    format!("{}000000", subject.kilograms)
}
