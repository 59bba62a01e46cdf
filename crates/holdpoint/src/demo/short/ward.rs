//! The ward: a lot of cells, weekly infusions for everyone in the treated arm, and what is done for each: weigh, authorize,
//! ask for the moment to start, confirm, complete. Protocol 5.1, 6.4.

use std::collections::BTreeMap;

use anyhow::Context as _;
use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::dosing::v1::*;

use super::cast::Subject;
use super::stage::Stage;
use crate::client::{Bedside, NoStart, StartOf};
use crate::demo::time::{moment, proto};

const LOT: &str = "GL-2603";

/// Minutes from the start of an infusion to its end.
const LASTS_MIN: i64 = 45;

/// First infusion of each treated subject, in order of allocation. The first of them is taken ill; the second is being infused
/// when that is reported; the next three are due the next morning.
const FIRST: [&str; 7] = [
    "2026-03-11T10:00",
    "2026-03-16T17:30",
    "2026-03-17T08:00",
    "2026-03-17T08:00",
    "2026-03-17T08:00",
    "2026-03-12T09:00",
    "2026-03-12T09:00",
];

/// What is given before the evening: when, number of the dose, and to whom (places in the list above).
const GIVEN: [(&str, usize, &[usize]); 6] = [
    ("2026-03-11T10:00", 1, &[0]),
    ("2026-03-12T09:00", 1, &[5, 6]),
    ("2026-03-16T17:30", 1, &[1]),
    ("2026-03-17T08:00", 1, &[2, 3, 4]),
    ("2026-03-18T10:00", 2, &[0]),
    ("2026-03-19T09:00", 2, &[5, 6]),
];

/// The ward with its plans.
pub(super) struct Ward {
    /// The treated subjects, in order of allocation.
    pub treated: Vec<Subject>,
    plans: BTreeMap<String, Vec<String>>,
    bedsides: BTreeMap<String, Bedside>,
}

impl Ward {
    /// Takes in the lot, plans for everyone, and gives what is due before the evening.
    pub async fn open(stage: &mut Stage) -> anyhow::Result<Self> {
        stage.hush().await?;
        let treated = stage.cast.treated();
        let mut ward = Self { treated: treated.clone(), plans: BTreeMap::new(), bedsides: BTreeMap::new() };
        lot(stage).await?;
        for (subject, first) in treated.iter().zip(FIRST) {
            weigh(stage, subject).await?;
            ward.plan(stage, subject, first).await?;
        }
        stage.timeline.tell(
            "mei",
            format!("plans four weekly infusions for each of {}: 1e6 cells per kg", treated.len()),
        );
        for (when, number, places) in GIVEN {
            stage.at(when).await?;
            let due: Vec<Subject> = places.iter().filter_map(|place| treated.get(*place).cloned()).collect();
            if !due.is_empty() {
                ward.give(stage, &due, number).await?;
            }
        }
        Ok(ward)
    }

    async fn plan(&mut self, stage: &Stage, subject: &Subject, first: &str) -> anyhow::Result<()> {
        let coordinator = &stage.people.coordinator;
        let request = PlanInfusionsRequest {
            act: coordinator.act("agreed with the ward"),
            trial: stage.trial.clone(),
            subject: subject.id.clone(),
            regimen: String::new(),
            first: proto(moment(first)?),
        };
        let planned =
            coordinator.dosing.clone().plan_infusions(request).await.context("plan infusions")?.into_inner();
        self.plans.insert(
            subject.id.clone(),
            planned.infusions.into_iter().map(|infusion| infusion.infusion).collect(),
        );
        Ok(())
    }

    /// The id of a subject's dose by its number.
    pub fn infusion(&self, subject: &Subject, number: usize) -> anyhow::Result<String> {
        let plan = self.plans.get(&subject.id).with_context(|| format!("{} has no plan", subject.id))?;
        plan.get(number - 1).cloned().with_context(|| format!("{} has no dose {number} planned", subject.id))
    }

    /// Gives a dose to several subjects, from scales to empty bag.
    pub async fn give(
        &mut self,
        stage: &mut Stage,
        subjects: &[Subject],
        number: usize,
    ) -> anyhow::Result<()> {
        for subject in subjects {
            self.prepare(stage, subject, number).await?;
            self.start(stage, subject, number)
                .await?
                .map_err(|why| anyhow::anyhow!("{}: {why}", subject.id))?;
        }
        stage.timeline.tell("yan", format!("dose {number} of {}: Go heard, started", names(subjects)));
        stage.later(LASTS_MIN).await?;
        for subject in subjects {
            self.complete(stage, subject, number).await?;
        }
        Ok(())
    }

    /// Weighs, and has pharmacy authorize lot and amount on that weight.
    pub async fn prepare(&self, stage: &Stage, subject: &Subject, number: usize) -> anyhow::Result<()> {
        stage.hush().await?;
        weigh(stage, subject).await?;
        let infusion = self.infusion(subject, number)?;
        let pharmacist = &stage.people.pharmacist;
        let request = AuthorizeInfusionRequest {
            act: pharmacist.act("right lot, right amount"),
            trial: stage.trial.clone(),
            infusion,
            lot: LOT.to_owned(),
            cells: cells(subject),
        };
        pharmacist.dosing.clone().authorize_infusion(request).await.context("authorize")?;
        Ok(())
    }

    /// Asks for the moment to start; on a Go that was heard and acknowledged the cells flow.
    pub async fn start(
        &mut self,
        stage: &Stage,
        subject: &Subject,
        number: usize,
    ) -> anyhow::Result<Result<(), NoStart>> {
        let infusion = self.infusion(subject, number)?;
        let statement = match self.bedsides.contains_key(&infusion) {
            true => "the earlier ask was refused; nothing was given",
            false => "",
        };
        let bedside = self.bedsides.entry(infusion.clone()).or_insert_with(|| {
            let check = BedsideCheck {
                subject: subject.id.clone(),
                lot: LOT.to_owned(),
                checked_with: stage.people.second_nurse.name.clone(),
            };
            let of = StartOf { trial: stage.trial.clone(), infusion: infusion.clone(), check };
            Bedside::new(stage.people.nurse.clone(), of)
        });
        if let Err(no) = bedside.start(statement).await {
            return Ok(Err(no));
        }
        let nurse = &stage.people.nurse;
        let (act, trial, at) = (nurse.act("cells flow"), stage.trial.clone(), proto(stage.now()));
        let request = ConfirmStartRequest { act, trial, infusion, at };
        nurse.dosing.clone().confirm_start(request).await.context("confirm the start")?;
        Ok(Ok(()))
    }

    /// The bag is empty.
    pub async fn complete(&self, stage: &Stage, subject: &Subject, number: usize) -> anyhow::Result<()> {
        let nurse = &stage.people.nurse;
        let request = CompleteInfusionRequest {
            act: nurse.act("bag empty"),
            trial: stage.trial.clone(),
            infusion: self.infusion(subject, number)?,
            at: proto(stage.now()),
            cells: cells(subject),
            stopped_early: false,
            deviation: String::new(),
        };
        nurse.dosing.clone().complete_infusion(request).await.context("complete the infusion")?;
        Ok(())
    }
}

/// One infusion as dosing knows it.
pub(super) async fn get(stage: &Stage, infusion: &str) -> anyhow::Result<Infusion> {
    let request = GetInfusionRequest { trial: stage.trial.clone(), infusion: infusion.to_owned() };
    let mut dosing = stage.people.auditor.dosing.clone();
    Ok(dosing.get_infusion(request).await.context("read an infusion")?.into_inner())
}

/// "P-001, P-004 and P-007".
pub(super) fn names(subjects: &[Subject]) -> String {
    let ids: Vec<&str> = subjects.iter().map(|subject| subject.id.as_str()).collect();
    match ids.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => ids.concat(),
    }
}

/// 1e6 cells for each kilogram.
fn cells(subject: &Subject) -> String {
    format!("{}000000", subject.kilograms)
}

async fn weigh(stage: &Stage, subject: &Subject) -> anyhow::Result<()> {
    let nurse = &stage.people.nurse;
    let request = RecordWeightRequest {
        act: nurse.act("weighed at the bedside"),
        trial: stage.trial.clone(),
        subject: subject.id.clone(),
        value: subject.kilograms.to_string(),
        unit: "kg".to_owned(),
        measured_at: proto(stage.now()),
    };
    nurse.dosing.clone().record_weight(request).await.context("weigh")?;
    Ok(())
}

async fn lot(stage: &mut Stage) -> anyhow::Result<()> {
    let pharmacist = stage.people.pharmacist.clone();
    let number =
        |number: &str, unit: &str| Value { of: Some(Of::Number(number.to_owned())), unit: unit.to_owned() };
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
    pharmacist.dosing.clone().receive_lot(request).await.context("receive the lot")?;
    let request = ReleaseLotRequest {
        act: pharmacist.act("certificate read"),
        trial: stage.trial.clone(),
        lot: LOT.to_owned(),
        certificate: "CoA GL-2603 / third party 26-0117".to_owned(),
    };
    pharmacist.dosing.clone().release_lot(request).await.context("release the lot")?;
    stage.timeline.tell("tan", format!("receives and releases lot {LOT}: passage 4, viability 93 %"));
    Ok(())
}
