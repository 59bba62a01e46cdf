//! The trial is set up and filled: its file registered, what the file assumed confirmed, roles delegated, and twelve
//! subjects screened, transplanted, found to have poor graft function, and allocated.

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::enrollment::v1::*;

use super::cast::Subject;
use super::stage::Stage;
use crate::client::complete_baseline;
use crate::demo::set_up::{self, SITE};
use crate::demo::time::proto;
use crate::trial_file;

/// Facts read off the chart when a candidate is screened: fact, value.
const AT_SCREENING: &[(&str, Fact<'_>)] = &[
    ("transplant-planned", Fact::Yes(true)),
    ("kps", Fact::Number("80", "")),
    ("expected-survival", Fact::Number("12", "months")),
    ("in-other-trial", Fact::Yes(false)),
    ("donor", Fact::Word("haploidentical")),
];

/// What an investigator signs: is the file's statement true of this subject?
const ATTESTED: &[(&str, bool)] = &[
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

/// What shows poor graft function (event.pgf), beside the signed statement on two lineages (event.cytopenia).
const MARROW: &[(&str, Fact<'_>)] = &[
    ("donor-chimerism", Fact::Number("98", "%")),
    ("marrow-cellularity", Fact::Word("hypocellular")),
    ("acute-gvhd-grade", Fact::Word("none")),
    ("relapsed", Fact::Yes(false)),
];

/// A value as the cast writes it.
#[derive(Clone, Copy)]
enum Fact<'a> {
    Number(&'a str, &'a str),
    Word(&'a str),
    Yes(bool),
}

impl Fact<'_> {
    fn value(self) -> Option<Value> {
        let (of, unit) = match self {
            Fact::Number(number, unit) => (Of::Number(number.to_owned()), unit),
            Fact::Word(word) => (Of::Word(word.to_owned()), ""),
            Fact::Yes(yes) => (Of::Yes(yes), ""),
        };
        Some(Value { of: Some(of), unit: unit.to_owned() })
    }
}

/// From an empty house to a trial in force.
pub(super) async fn set_up(stage: &mut Stage) -> anyhow::Result<()> {
    stage.at("2026-01-05T09:00").await?;
    let file = trial_file::read(&stage.trial)?;
    let name = "Second Affiliated Hospital of Army Medical University";
    let registered = set_up::register(&stage.people, file, name).await?;
    let trial = stage.trial.clone();
    stage.timeline.tell("administrator", format!("registers the trial {trial} from its file, and its site"));
    set_up::delegate(&stage.people, &trial, stage.now()).await?;
    stage.timeline.tell("lin", "is principal investigator, and delegates eight roles");
    stage.at("2026-01-06T10:00").await?;
    let active = set_up::activate(&stage.people.principal, &registered, "2026-01-05").await?;
    let assumed = registered.assumed.len();
    stage
        .timeline
        .tell("lin", format!("confirms the {assumed} items that the file had to assume, one by one"));
    let digest = active.digest.get(..12).unwrap_or(&active.digest);
    stage.timeline.tell("lin", format!("puts version {} in force, SHA-256 {digest}...", active.version));
    Ok(())
}

/// Twelve candidates; eleven are allocated before the evening.
pub(super) async fn enroll(stage: &mut Stage) -> anyhow::Result<()> {
    let subjects = stage.cast.subjects.clone();
    stage.at("2026-01-12T09:00").await?;
    for subject in &subjects {
        screen(stage, subject).await?;
    }
    stage
        .timeline
        .tell("mei, wei", "screen twelve candidates: consent, chart, and what an investigator signs");
    stage.at("2026-01-26T12:00").await?;
    for subject in &subjects {
        transplant(stage, subject).await?;
    }
    stage.timeline.tell("mei", "records twelve transplants (day 0)");
    confirm_all(stage, &subjects).await?;
    randomize_early(stage).await
}

async fn confirm_all(stage: &mut Stage, subjects: &[Subject]) -> anyhow::Result<()> {
    stage.at("2026-03-09T11:00").await?;
    for subject in subjects {
        record(stage, subject, MARROW, "marrow report").await?;
        attest(stage, subject, &[("event.cytopenia", true)], "2026-03-09").await?;
        confirm(stage, subject).await?;
    }
    stage.hush().await?;
    for subject in subjects {
        complete_baseline(&stage.people.coordinator, &stage.trial, &subject.id, "2026-03-09").await?;
    }
    stage.timeline.tell(
        "wei",
        "confirms poor graft function in all twelve: six weeks after, two lineages need transfusions",
    );
    Ok(())
}

async fn screen(stage: &Stage, subject: &Subject) -> anyhow::Result<()> {
    let coordinator = &stage.people.coordinator;
    let mut enrollment = coordinator.enrollment.clone();
    let request = ScreenSubjectRequest {
        act: coordinator.act("referred by the ward"),
        trial: stage.trial.clone(),
        site: SITE.to_owned(),
        subject: subject.id.clone(),
        date: "2026-01-12".to_owned(),
        birth_date: subject.birth_date.clone(),
        sex: subject.sex.to_owned(),
        hospital_number: format!("H{}", subject.id),
        initials: "XX".to_owned(),
    };
    enrollment.screen_subject(request).await.context("screen")?;
    let request = RecordConsentRequest {
        act: coordinator.act("signed in the presence of the investigator"),
        trial: stage.trial.clone(),
        subject: subject.id.clone(),
        date: "2026-01-12".to_owned(),
        version: String::new(),
        documents: vec!["informed-consent-form".to_owned(), "screening-form".to_owned()],
        corrects: false,
    };
    enrollment.record_consent(request).await.context("consent")?;
    record(stage, subject, AT_SCREENING, "chart").await?;
    let kilograms = subject.kilograms.to_string();
    record(stage, subject, &[("weight", Fact::Number(&kilograms, "kg"))], "scales of the ward").await?;
    attest(stage, subject, ATTESTED, "2026-01-12").await?;
    assess(stage, subject, "enrollment").await
}

async fn record(
    stage: &Stage,
    subject: &Subject,
    facts: &[(&str, Fact<'_>)],
    source: &str,
) -> anyhow::Result<()> {
    let coordinator = &stage.people.coordinator;
    for (fact, value) in facts {
        let request = RecordFactRequest {
            act: coordinator.act("copied and checked"),
            trial: stage.trial.clone(),
            subject: subject.id.clone(),
            fact: (*fact).to_owned(),
            value: value.value(),
            taken_at: proto(stage.now()),
            source: source.to_owned(),
            trial_procedure: false,
        };
        coordinator
            .enrollment
            .clone()
            .record_fact(request)
            .await
            .with_context(|| format!("record {fact}"))?;
    }
    Ok(())
}

async fn attest(
    stage: &Stage,
    subject: &Subject,
    answers: &[(&str, bool)],
    date: &str,
) -> anyhow::Result<()> {
    let investigator = &stage.people.investigator;
    for (criterion, holds) in answers {
        let request = AttestRequest {
            act: investigator.act("examined"),
            trial: stage.trial.clone(),
            subject: subject.id.clone(),
            criterion: (*criterion).to_owned(),
            holds: *holds,
            date: date.to_owned(),
        };
        investigator
            .enrollment
            .clone()
            .attest(request)
            .await
            .with_context(|| format!("attest {criterion}"))?;
    }
    Ok(())
}

async fn assess(stage: &Stage, subject: &Subject, step: &str) -> anyhow::Result<()> {
    let coordinator = &stage.people.coordinator;
    let request = AssessEligibilityRequest {
        act: coordinator.act("all answers are in"),
        trial: stage.trial.clone(),
        subject: subject.id.clone(),
        step: step.to_owned(),
    };
    let answer =
        coordinator.enrollment.clone().assess_eligibility(request).await.context("assess")?.into_inner();
    let against: Vec<String> = answer
        .criteria
        .iter()
        .filter(|c| !c.satisfied)
        .map(|c| format!("{} is {}: {}", c.id, c.truth, c.reason))
        .collect();
    ensure!(answer.eligible, "{} is not eligible at {step}: {}", subject.id, against.join("; "));
    Ok(())
}

async fn transplant(stage: &Stage, subject: &Subject) -> anyhow::Result<()> {
    let coordinator = &stage.people.coordinator;
    let request = RecordMilestoneRequest {
        act: coordinator.act("graft infused"),
        trial: stage.trial.clone(),
        subject: subject.id.clone(),
        event: "transplant".to_owned(),
        date: "2026-01-26".to_owned(),
        ..Default::default()
    };
    coordinator.enrollment.clone().record_milestone(request).await.context("record the transplant")?;
    Ok(())
}

async fn confirm(stage: &Stage, subject: &Subject) -> anyhow::Result<()> {
    let investigator = &stage.people.investigator;
    let request = ConfirmEventRequest {
        act: investigator.act("counts, marrow and chimerism agree"),
        trial: stage.trial.clone(),
        subject: subject.id.clone(),
        event: "pgf".to_owned(),
        date: "2026-03-09".to_owned(),
    };
    investigator.enrollment.clone().confirm_event(request).await.context("confirm poor graft function")?;
    Ok(())
}

async fn randomize_early(stage: &mut Stage) -> anyhow::Result<()> {
    stage.at("2026-03-10T10:00").await?;
    for at in stage.cast.early() {
        let subject = stage.cast.subjects[at].clone();
        assess(stage, &subject, "randomization").await?;
        let allocated = stage.allocation(&subject.id).ask("").await?;
        stage.cast.subjects[at].arm = allocated.arm;
    }
    let treated = stage.cast.treated().len();
    stage.timeline.tell(
        "mei",
        format!("eleven are randomized, each under a permit: {treated} to msc, {} to control", 11 - treated),
    );
    Ok(())
}

/// The candidate tries, or tries again. The waiting subject's eligibility was assessed the same day.
pub(super) async fn randomize_candidate(
    stage: &mut Stage,
) -> anyhow::Result<Result<String, crate::client::NoStart>> {
    let subject = stage.cast.candidate().clone();
    assess(stage, &subject, "randomization").await?;
    let tried = stage.allocation(&subject.id).ask("").await;
    Ok(tried.map(|allocated| {
        if let Some(last) = stage.cast.subjects.last_mut() {
            last.arm = allocated.arm.clone();
        }
        allocated.arm
    }))
}
