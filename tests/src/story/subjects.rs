//! Subjects on the way to their arm: screened, consented, transplanted six weeks ago, found to have poor graft function,
//! eligible. Protocol 4.2, 4.3, 6.4.

use anyhow::{Context as _, ensure};
use holdpoint::client::complete_baseline;
use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::enrollment::v1::*;
use tonic::Code;

use crate::house::{PATIENCE, until};

use super::{SITE, Story, Subject, TRIAL, moment, proto};

/// When everybody is screened.
const SCREENED: &str = "2026-03-10T10:00";
/// The same day.
const DAY: &str = "2026-03-10";

/// A value as the story writes it.
#[derive(Clone, Copy)]
pub(super) enum Fact {
    Number(&'static str, &'static str),
    Word(&'static str),
    Yes(bool),
}

impl Fact {
    pub(super) fn value(self) -> Option<Value> {
        let (of, unit) = match self {
            Self::Number(number, unit) => (Of::Number(number.to_owned()), unit),
            Self::Word(word) => (Of::Word(word.to_owned()), ""),
            Self::Yes(yes) => (Of::Yes(yes), ""),
        };
        Some(Value { of: Some(of), unit: unit.to_owned() })
    }
}

/// Facts read off the chart: when, fact, value.
const CHART: &[(&str, &str, Fact)] = &[
    (SCREENED, "transplant-planned", Fact::Yes(true)),
    (SCREENED, "kps", Fact::Number("80", "")),
    (SCREENED, "expected-survival", Fact::Number("12", "months")),
    (SCREENED, "in-other-trial", Fact::Yes(false)),
    (SCREENED, "donor-chimerism", Fact::Number("98", "%")),
    (SCREENED, "marrow-cellularity", Fact::Word("hypocellular")),
    (SCREENED, "acute-gvhd-grade", Fact::Word("none")),
    (SCREENED, "relapsed", Fact::Yes(false)),
];

/// What an investigator signs: is the file's statement true of this subject?
const ATTESTED: &[(&str, bool)] = &[
    ("event.cytopenia", true),
    ("include.organs", true),
    ("include.no-contraindication", true),
    ("exclude.organs", false),
    ("exclude.malignancy", false),
    ("exclude.psychiatric", false),
    ("exclude.follow-up", false),
    ("exclude.allergy", false),
    ("exclude.infection", false),
    ("exclude.graft-failure", false),
    ("exclude.unsuitable", false),
];

/// Blocks of 4 and 6 keep the arms within 3 of each other: both are filled with twice as many and a few more.
const MORE: usize = 8;

impl Story {
    /// Screens and allocates until `treated` subjects are in the treated arm, and leaves `waiting` eligible and unallocated.
    pub async fn enroll(&mut self, treated: usize, waiting: usize) -> anyhow::Result<()> {
        self.hush().await?;
        self.at(SCREENED)?;
        let at_most = 2 * (treated + waiting) + MORE;
        for number in 1.. {
            ensure!(number <= at_most, "{at_most} subjects did not fill the treated arm");
            let at = u32::try_from(number)?;
            let subject = Subject { id: format!("P-{number:03}"), kilograms: 50 + at % 40 };
            self.screen(&subject, number).await?;
            if self.treated.len() < treated {
                if self.allocated(&subject.id).await? == "msc" {
                    self.treated.push(subject);
                }
            } else {
                self.waiting.push(subject);
            }
            if self.treated.len() == treated && self.waiting.len() == waiting {
                break;
            }
        }
        self.hush().await
    }

    /// The arm. On a busy machine a permit's life may be over before it can be shown, and the next attempt has another.
    async fn allocated(&mut self, subject: &str) -> anyhow::Result<String> {
        until("an allocation in time", PATIENCE, async || match self.randomize(subject).await? {
            Ok(arm) => Ok(Some(arm)),
            Err(late) if [Code::Aborted, Code::DeadlineExceeded].contains(&late.status) => Ok(None),
            Err(refusal) => Err(anyhow::anyhow!("{subject} is not allocated: {refusal:?}")),
        })
        .await
    }

    /// One subject, from the door to the assessment for allocation.
    async fn screen(&self, subject: &Subject, number: usize) -> anyhow::Result<()> {
        self.open_record(&subject.id, number).await?;
        self.transplant(&subject.id).await?;
        for (when, fact, value) in CHART {
            self.record_fact(&subject.id, fact, value.value(), when).await?;
        }
        let kilograms = Value { of: Some(Of::Number(subject.kilograms.to_string())), unit: "kg".to_owned() };
        self.record_fact(&subject.id, "weight", Some(kilograms), SCREENED).await?;
        for (criterion, holds) in ATTESTED {
            self.attest(&subject.id, criterion, *holds).await?;
        }
        self.confirm_poor_graft_function(&subject.id).await?;
        self.hush().await?;
        complete_baseline(&self.people.coordinator, TRIAL, &subject.id, DAY).await?;
        self.hush().await?;
        self.assess(&subject.id).await
    }

    /// Opens the record and records the consent.
    pub async fn open_record(&self, subject: &str, number: usize) -> anyhow::Result<()> {
        let coordinator = &self.people.coordinator;
        let mut enrollment = coordinator.enrollment.clone();
        let request = ScreenSubjectRequest {
            act: coordinator.act("referred by the ward"),
            trial: TRIAL.to_owned(),
            site: SITE.to_owned(),
            subject: subject.to_owned(),
            date: DAY.to_owned(),
            birth_date: format!("1980-01-{:02}", number % 28 + 1),
            sex: "female".to_owned(),
            hospital_number: format!("H{number:05}"),
            initials: initials(number),
        };
        enrollment.screen_subject(request).await.with_context(|| format!("screen {subject}"))?;
        let request = RecordConsentRequest {
            act: coordinator.act("signed in the presence of the investigator"),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            date: DAY.to_owned(),
            version: String::new(),
            documents: vec!["informed-consent-form".to_owned(), "screening-form".to_owned()],
            corrects: false,
        };
        enrollment.record_consent(request).await.with_context(|| format!("consent of {subject}"))?;
        Ok(())
    }

    /// Records one fact of routine care.
    async fn record_fact(
        &self,
        subject: &str,
        fact: &str,
        value: Option<Value>,
        when: &str,
    ) -> anyhow::Result<()> {
        let coordinator = &self.people.coordinator;
        let request = RecordFactRequest {
            act: coordinator.act("copied and checked"),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            fact: fact.to_owned(),
            value,
            taken_at: proto(moment(when)?),
            source: "chart".to_owned(),
            trial_procedure: false,
        };
        let answer = coordinator.enrollment.clone().record_fact(request).await;
        answer.with_context(|| format!("record {fact} of {subject}"))?;
        Ok(())
    }

    async fn attest(&self, subject: &str, criterion: &str, holds: bool) -> anyhow::Result<()> {
        let investigator = &self.people.investigator;
        let request = AttestRequest {
            act: investigator.act("examined"),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            criterion: criterion.to_owned(),
            holds,
            date: DAY.to_owned(),
        };
        let answer = investigator.enrollment.clone().attest(request).await;
        answer.with_context(|| format!("attest {criterion} of {subject}"))?;
        Ok(())
    }

    async fn transplant(&self, subject: &str) -> anyhow::Result<()> {
        let coordinator = &self.people.coordinator;
        let request = RecordMilestoneRequest {
            act: coordinator.act("graft infused"),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            event: "transplant".to_owned(),
            date: "2026-01-26".to_owned(),
            ..Default::default()
        };
        let answer = coordinator.enrollment.clone().record_milestone(request).await;
        answer.with_context(|| format!("record the transplant of {subject}"))?;
        Ok(())
    }

    async fn confirm_poor_graft_function(&self, subject: &str) -> anyhow::Result<()> {
        let investigator = &self.people.investigator;
        let request = ConfirmEventRequest {
            act: investigator.act("counts, marrow and chimerism agree"),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            event: "pgf".to_owned(),
            date: DAY.to_owned(),
        };
        let answer = investigator.enrollment.clone().confirm_event(request).await;
        answer.with_context(|| format!("confirm poor graft function of {subject}"))?;
        Ok(())
    }

    async fn assess(&self, subject: &str) -> anyhow::Result<()> {
        let coordinator = &self.people.coordinator;
        let mut enrollment = coordinator.enrollment.clone();
        for step in ["enrollment", "randomization"] {
            let request = AssessEligibilityRequest {
                act: coordinator.act("all answers are in"),
                trial: TRIAL.to_owned(),
                subject: subject.to_owned(),
                step: step.to_owned(),
            };
            let answer = enrollment.assess_eligibility(request).await;
            let answer = answer.with_context(|| format!("assess {subject} for {step}"))?.into_inner();
            let against: Vec<_> = answer.criteria.iter().filter(|criterion| !criterion.satisfied).collect();
            ensure!(answer.eligible, "{subject} is not eligible for {step}: {against:?}");
        }
        Ok(())
    }
}

/// Initials that no two of the story's subjects share.
fn initials(number: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    [letter(number), letter(number / 26)].iter().collect()
}
