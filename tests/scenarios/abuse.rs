//! Callers that do everything wrong, over the wire: each hears a clear refusal with code, field and what is allowed, and nothing is
//! written but the audit row of a person's refused act at a gate or of a repeated request with another body.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use holdpoint::client::{Person, heads};
use holdpoint_api::common::v1::{Head, Value, value::Of};
use holdpoint_api::dosing::v1::*;
use holdpoint_api::enrollment::v1::enrollment_client::EnrollmentClient;
use holdpoint_api::enrollment::v1::*;
use holdpoint_chassis::identity::Role;
use holdpoint_system_tests::house::Plan;
use holdpoint_system_tests::play;
use holdpoint_system_tests::raw::unary;
use holdpoint_system_tests::story::{LOT, Refusal, Story, TRIAL, moment, proto};
use tonic::transport::Endpoint;
use tonic::{Code, Response, Status};

/// Of the bus that doubles and shuffles.
const SEED: u64 = 15;

type Heads = BTreeMap<(String, String), Head>;

/// What may be written by a refused call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Nothing,
    /// One row that says who tried what.
    AuditRow,
}

#[test]
fn is_refused_in_words_and_leaves_nothing_behind() -> anyhow::Result<()> {
    play(|| told(Plan::EMBEDDED))
}

#[test]
fn is_refused_in_words_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| told(Plan::APART.shuffled(SEED)))
}

async fn told(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(1, 0).await?;
    story.lot().await?;
    let subject = story.treated[0].clone();
    story.plan(&subject, "2026-03-11T10:00").await?;
    story.hush().await?;
    who_calls(&story).await.context("who calls")?;
    what_is_no_message(&story).await.context("what is no message")?;
    what_is_no_number(&story).await.context("what is no number")?;
    what_is_no_unit(&story).await.context("what is no unit")?;
    another_body(&story).await.context("another body")?;
    a_fifth_infusion(&story).await.context("a fifth infusion")?;
    before_the_consent(&story).await.context("before the consent")?;
    story.is_consistent()
}

/// Judges one refused call: what is said, and what was written meanwhile.
async fn judge<T: std::fmt::Debug>(
    story: &Story,
    before: &Heads,
    may_be: Written,
    tried: Result<Response<T>, Status>,
) -> anyhow::Result<Refusal> {
    let refusal = match tried {
        Err(status) => Refusal::from(status),
        Ok(answer) => bail!("what must be refused was answered {:?}", answer.into_inner()),
    };
    let grown: u64 = heads(&story.people.auditor)
        .await?
        .iter()
        .map(|(chain, head)| head.number - before.get(chain).map_or(0, |head| head.number))
        .sum();
    let allowed = u64::from(may_be == Written::AuditRow);
    ensure!(grown == allowed, "{grown} rows were written, {allowed} are allowed: {refusal:?}");
    Ok(refusal)
}

async fn seen(story: &Story) -> anyhow::Result<Heads> {
    heads(&story.people.auditor).await
}

fn a_fact(person: &Person, subject: &str, fact: &str, number: &str, unit: &str) -> RecordFactRequest {
    RecordFactRequest {
        act: person.act("copied and checked"),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        fact: fact.to_owned(),
        value: Some(Value { of: Some(Of::Number(number.to_owned())), unit: unit.to_owned() }),
        taken_at: moment("2026-03-10T09:00").ok().and_then(proto),
        source: "chart".to_owned(),
        trial_procedure: false,
    }
}

/// A token of the wrong role, a role without delegation, no token at all.
async fn who_calls(story: &Story) -> anyhow::Result<()> {
    let before = seen(story).await?;
    let subject = &story.treated[0].id;
    let nurse = &story.people.nurse;
    let request = a_fact(nurse, subject, "platelets", "20", "e9/L");
    let tried = nurse.enrollment.clone().record_fact(request.clone()).await;
    judge(story, &before, Written::Nothing, tried).await?.is(Code::PermissionDenied)?;
    let stranger = story.house.desk()?.person("nobody-knows-her", &[Role::Coordinator])?;
    let tried = stranger.enrollment.clone().record_fact(request.clone()).await;
    judge(story, &before, Written::Nothing, tried).await?.is(Code::PermissionDenied)?;
    let address = story.house.addresses()["enrollment"].clone();
    let mut nobody = EnrollmentClient::new(Endpoint::from_shared(address)?.connect().await?);
    let tried = nobody.record_fact(request).await;
    judge(story, &before, Written::Nothing, tried).await?.is(Code::Unauthenticated)
}

/// Five megabytes, and text that is no UTF-8.
async fn what_is_no_message(story: &Story) -> anyhow::Result<()> {
    let before = seen(story).await?;
    let coordinator = &story.people.coordinator;
    let mut request = a_fact(coordinator, &story.treated[0].id, "platelets", "20", "e9/L");
    request.source = "x".repeat(5 * 1024 * 1024);
    let tried = coordinator.enrollment.clone().record_fact(request).await;
    let refusal = judge(story, &before, Written::Nothing, tried).await?;
    refusal.is(Code::InvalidArgument)?;
    ensure!(refusal.message.contains("4 MiB"), "the limit is not told: {refusal:?}");
    let address = story.house.addresses()["dosing"].clone();
    let token = story.house.token("yan", "bedside-nurse")?;
    // Field 2 of StartInfusionRequest, the trial: two bytes that no UTF-8 text has.
    let body = vec![0x12, 0x02, 0xc3, 0x28];
    let tried = unary(&address, &token, "/holdpoint.dosing.v1.Dosing/StartInfusion", body).await;
    judge(story, &before, Written::Nothing, tried).await?.is(Code::InvalidArgument)
}

/// Counts and amounts below zero, and words where a number belongs.
async fn what_is_no_number(story: &Story) -> anyhow::Result<()> {
    let before = seen(story).await?;
    let (nurse, subject) = (&story.people.nurse, &story.treated[0]);
    for value in ["-52", "about fifty", "NaN", "1e400"] {
        let request = RecordWeightRequest {
            act: nurse.act("weighed"),
            trial: TRIAL.to_owned(),
            subject: subject.id.clone(),
            value: value.to_owned(),
            unit: "kg".to_owned(),
            measured_at: proto(story.now()),
        };
        let tried = nurse.dosing.clone().record_weight(request).await;
        judge(story, &before, Written::Nothing, tried).await?.blames(Code::InvalidArgument, "value")?;
    }
    let pharmacist = &story.people.pharmacist;
    let request = ReceiveLotRequest {
        act: pharmacist.act("arrived"),
        lot: "GL-2604".to_owned(),
        product: "uc-msc".to_owned(),
        cells: "-9000000000".to_owned(),
        expires: proto(moment("2026-09-30T00:00")?),
        ..Default::default()
    };
    let tried = pharmacist.dosing.clone().receive_lot(request).await;
    judge(story, &before, Written::Nothing, tried).await?.blames(Code::InvalidArgument, "cells")?;
    let coordinator = &story.people.coordinator;
    let request = a_fact(coordinator, &subject.id, "platelets", "-20", "e9/L");
    let tried = coordinator.enrollment.clone().record_fact(request).await;
    judge(story, &before, Written::Nothing, tried).await?.blames(Code::InvalidArgument, "value")
}

/// Units that the dictionaries do not list, which are never converted.
async fn what_is_no_unit(story: &Story) -> anyhow::Result<()> {
    let before = seen(story).await?;
    let (nurse, coordinator) = (&story.people.nurse, &story.people.coordinator);
    let subject = &story.treated[0].id;
    let request = RecordWeightRequest {
        act: nurse.act("weighed"),
        trial: TRIAL.to_owned(),
        subject: subject.clone(),
        value: "114".to_owned(),
        unit: "lb".to_owned(),
        measured_at: proto(story.now()),
    };
    let tried = nurse.dosing.clone().record_weight(request).await;
    judge(story, &before, Written::Nothing, tried).await?.blames(Code::InvalidArgument, "unit")?;
    let request = a_fact(coordinator, subject, "hemoglobin", "7", "g/dL");
    let tried = coordinator.enrollment.clone().record_fact(request).await;
    let refusal = judge(story, &before, Written::Nothing, tried).await?;
    refusal.is(Code::InvalidArgument)?;
    let told =
        refusal.fields.iter().any(|field| field.field.starts_with("value") && field.allowed.contains("g/L"));
    ensure!(told, "the refusal does not say which unit is allowed: {refusal:?}");
    Ok(())
}

/// A repeat hears the kept answer; another body under the same request id is refused, and journaled.
async fn another_body(story: &Story) -> anyhow::Result<()> {
    let coordinator = &story.people.coordinator;
    let subject = &story.treated[0].id;
    let mut enrollment = coordinator.enrollment.clone();
    let request = a_fact(coordinator, subject, "platelets", "21", "e9/L");
    enrollment.record_fact(request.clone()).await.context("the first time")?;
    story.hush().await?;
    let before = seen(story).await?;
    enrollment.record_fact(request.clone()).await.context("the same again")?;
    ensure!(seen(story).await? == before, "a repeat was written again");
    let mut other = request;
    other.value = Some(Value { of: Some(Of::Number("210".to_owned())), unit: "e9/L".to_owned() });
    let tried = enrollment.record_fact(other).await;
    judge(story, &before, Written::AuditRow, tried).await?.is(Code::AlreadyExists)
}

/// The file gives four; a further plan is refused, and an infusion that nobody planned cannot be started.
async fn a_fifth_infusion(story: &Story) -> anyhow::Result<()> {
    let before = seen(story).await?;
    let coordinator = &story.people.coordinator;
    let request = PlanInfusionsRequest {
        act: coordinator.act("one more"),
        trial: TRIAL.to_owned(),
        subject: story.treated[0].id.clone(),
        regimen: "msc".to_owned(),
        first: proto(moment("2026-04-08T10:00")?),
    };
    let tried = coordinator.dosing.clone().plan_infusions(request).await;
    judge(story, &before, Written::Nothing, tried).await?.is(Code::FailedPrecondition)?;
    let nurse = &story.people.nurse;
    let request = StartInfusionRequest {
        act: nurse.act("start at the bedside"),
        trial: TRIAL.to_owned(),
        infusion: "00000000-0000-0000-0000-000000000005".to_owned(),
        attempt: 1,
        earlier_not_heard: String::new(),
        check: Some(BedsideCheck {
            subject: story.treated[0].id.clone(),
            lot: LOT.to_owned(),
            checked_with: story.people.second_nurse.name.clone(),
        }),
    };
    let tried = nurse.dosing.clone().start_infusion(request).await;
    judge(story, &before, Written::AuditRow, tried).await?.is(Code::NotFound)
}

/// A procedure done for the trial on the day before the consent.
async fn before_the_consent(story: &Story) -> anyhow::Result<()> {
    let before = seen(story).await?;
    let coordinator = &story.people.coordinator;
    let mut request = a_fact(coordinator, &story.treated[0].id, "donor-chimerism", "97", "%");
    request.taken_at = proto(moment("2026-03-09T23:59")?);
    request.trial_procedure = true;
    let tried = coordinator.enrollment.clone().record_fact(request).await;
    judge(story, &before, Written::Nothing, tried).await?.is(Code::FailedPrecondition)
}
