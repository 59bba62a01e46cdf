//! A trial that keeps whoever treats from knowing the arm: six are allocated, planned and one is infused on a real process, and
//! nothing that a blind role is shown, no id and no line of the log names an arm or what it gives (field.md story 14).

use anyhow::{Context as _, ensure};
use holdpoint::client::{Allocation, Bedside, Person, StartOf};
use holdpoint_api::common::v1::{Activity, Role as RoleNumber, Scope, scope};
use holdpoint_api::dosing::v1::*;
use holdpoint_api::enrollment::v1::*;
use holdpoint_api::followup::v1::{GetScheduleRequest, ListActivitiesRequest, ListDueRequest};
use holdpoint_api::labs::v1::ListResponsesRequest;
use holdpoint_api::safety::v1::{
    GetSuspensionBoardRequest, ListAdverseEventsRequest, ListAlertsRequest, ListHoldsRequest,
    PlaceHoldRequest,
};
use holdpoint_chassis::identity::Role;
use holdpoint_system_tests::house::{Plan, repository};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{People, Refusal, SITE, Story, moment, proto};
use tonic::Code;

const TRIAL: &str = "nct01254539";
/// Its arms, and what each gives.
const TELLS: [&str; 5] = ["intraspinal", "intrathecal", "placebo", "saline", "marrow-mnc"];
/// Two blocks of three: somebody is in every arm.
const SIZE: usize = 6;
/// Of the bus that doubles and shuffles.
const SEED: u64 = 18;

#[test]
fn story_14_nothing_that_a_blind_role_meets_names_an_arm() -> anyhow::Result<()> {
    play(|| blinded(Plan::EMBEDDED))
}

#[test]
fn story_14_nor_where_each_service_is_a_process_and_every_event_comes_twice_and_shuffled()
-> anyhow::Result<()> {
    play(|| blinded(Plan::APART.shuffled(SEED)))
}

async fn blinded(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    in_force(&story).await?;
    story.hush().await?;
    story.at("2026-03-02T09:00")?;
    let subjects: Vec<String> = (1..=SIZE).map(|n| format!("P-{n:03}")).collect();
    for (number, subject) in (1..).zip(&subjects) {
        enrolled(&story, subject, number).await.with_context(|| format!("enroll {subject}"))?;
    }
    story.hush().await?;
    let mut seen = Vec::new();
    for subject in &subjects {
        seen.push(planned(&story.people, subject, &story).await?);
    }
    let infused = infused(&mut story).await.context("an infusion")?;
    story.hush().await?;
    held(&story).await?;
    story.hush().await?;
    for person in [&story.people.coordinator, &story.people.nurse, &story.people.principal] {
        seen.extend(shown(person, &subjects, &infused).await.with_context(|| person.name.clone())?);
    }
    seen.push(story.house.logs()?);
    for (at, text) in seen.iter().enumerate() {
        let told = TELLS.into_iter().find(|word| text.contains(word));
        ensure!(told.is_none(), "answer {at} tells {told:?} to a blind role: {text}");
    }
    who_verifies_sees_it(&story, &subjects).await
}

/// The trial's file without what is assumed and without criteria that ask for a whole chart.
fn trial_file() -> anyhow::Result<String> {
    let file = std::fs::read_to_string(repository().join(format!("deploy/protocols/{TRIAL}.toml")))?;
    let (mut kept, mut skipping) = (String::new(), false);
    for line in file.lines() {
        if line.starts_with('[') {
            let criterion = line.starts_with("[include.") || line.starts_with("[exclude.");
            skipping = criterion && line != "[include.consent]";
        }
        if !skipping && !line.starts_with("assumed") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    Ok(kept)
}

async fn in_force(story: &Story) -> anyhow::Result<()> {
    let people = &story.people;
    let (admin, principal) = (&people.administrator, &people.principal);
    let mut enrollment = admin.enrollment.clone();
    let mut dictionaries = std::collections::BTreeMap::new();
    for name in ["common", "als", "ich"] {
        let path = repository().join(format!("deploy/protocols/dictionary/{name}.toml"));
        dictionaries.insert(name.to_owned(), std::fs::read_to_string(path)?);
    }
    let (act, trial_file) = (admin.act("a blind trial"), trial_file()?);
    let request = RegisterTrialRequest { act, trial_file, dictionaries };
    let registered = enrollment.register_trial(request).await.context("register")?.into_inner();
    let version = registered.protocol.context("the protocol registered")?.version;
    let request = RegisterSiteRequest {
        act: admin.act("the single centre"),
        trial: TRIAL.to_owned(),
        site: SITE.to_owned(),
        name: "Hospital".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    enrollment.register_site(request).await.context("register the site")?;
    delegate(story, admin, principal, Role::PrincipalInvestigator).await?;
    for (person, role) in people.delegated() {
        delegate(story, principal, person, role).await?;
    }
    let mut enrollment = principal.enrollment.clone();
    let request = RecordEthicsApprovalRequest {
        act: principal.act("approval received"),
        trial: TRIAL.to_owned(),
        version: version.clone(),
        committee: "Ethics committee".to_owned(),
        reference: "2026-002-01".to_owned(),
        date: "2026-01-05".to_owned(),
    };
    enrollment.record_ethics_approval(request).await.context("approve")?;
    let (act, trial) = (principal.act("approved"), TRIAL.to_owned());
    enrollment
        .activate_protocol(ActivateProtocolRequest { act, trial, version })
        .await
        .context("activate")?;
    Ok(())
}

async fn delegate(story: &Story, by: &Person, to: &Person, role: Role) -> anyhow::Result<()> {
    let name = format!("ROLE_{}", role.as_str().replace('-', "_").to_uppercase());
    let request = DelegateRoleRequest {
        act: by.act("delegation log"),
        trial: TRIAL.to_owned(),
        person: to.name.clone(),
        role: RoleNumber::from_str_name(&name).unwrap_or_default().into(),
        from: proto(story.now()),
        ..Default::default()
    };
    by.enrollment.clone().delegate_role(request).await.with_context(|| format!("delegate {role}"))?;
    Ok(())
}

/// Screened, consented, allocated by a coordinator who is shown no arm.
async fn enrolled(story: &Story, subject: &str, number: usize) -> anyhow::Result<()> {
    let coordinator = &story.people.coordinator;
    let mut enrollment = coordinator.enrollment.clone();
    let request = ScreenSubjectRequest {
        act: coordinator.act("referred"),
        trial: TRIAL.to_owned(),
        site: SITE.to_owned(),
        subject: subject.to_owned(),
        date: "2026-03-01".to_owned(),
        birth_date: format!("1970-02-{number:02}"),
        sex: "male".to_owned(),
        hospital_number: format!("H{number:05}"),
        initials: format!("A{}", char::from(b'A' + u8::try_from(number)?)),
    };
    enrollment.screen_subject(request).await.context("screen")?;
    let request = RecordConsentRequest {
        act: coordinator.act("signed"),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        date: "2026-03-01".to_owned(),
        documents: vec!["informed-consent-form".to_owned()],
        ..Default::default()
    };
    enrollment.record_consent(request).await.context("consent")?;
    let allocated = Allocation::new(coordinator.clone(), TRIAL, subject).ask("").await?;
    ensure!(allocated.arm.is_empty(), "the arm is shown to a blind role: {allocated:?}");
    Ok(())
}

/// The coordinator plans, and may not find the regimen out by trying.
async fn planned(people: &People, subject: &str, story: &Story) -> anyhow::Result<String> {
    let coordinator = &people.coordinator;
    let request = PlanInfusionsRequest {
        act: coordinator.act("agreed with the ward"),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        regimen: String::new(),
        first: proto(moment("2026-03-11T10:00")?.max(story.now())),
    };
    let tried = PlanInfusionsRequest {
        act: coordinator.act("is it this one?"),
        regimen: "cells-intrathecal".to_owned(),
        ..request.clone()
    };
    let refused =
        coordinator.dosing.clone().plan_infusions(tried).await.err().context("a regimen was tried")?;
    Refusal::from(refused).is(Code::PermissionDenied)?;
    let planned = coordinator.dosing.clone().plan_infusions(request).await.context("plan")?.into_inner();
    ensure!(planned.infusions.len() == 1 && planned.infusions[0].arm_sealed, "{planned:?}");
    Ok(format!("{planned:?}"))
}

/// The pharmacist, who is not blind, prepares for one who has cells of the spinal route; a nurse who is blind starts.
async fn infused(story: &mut Story) -> anyhow::Result<Infusion> {
    story.hush().await?;
    let pharmacist = story.people.pharmacist.clone();
    let mut dosing = pharmacist.dosing.clone();
    let request = ListInfusionsRequest { trial: TRIAL.to_owned(), ..Default::default() };
    let listed = dosing.list_infusions(request).await?.into_inner().infusions;
    let spinal = listed.into_iter().find(|infusion| infusion.regimen == "cells-intrathecal");
    let infusion = spinal.context("somebody is given cells")?;
    let lot = "BM-0001";
    let request = ReceiveLotRequest {
        act: pharmacist.act("from the cell laboratory"),
        lot: lot.to_owned(),
        product: "marrow-mnc".to_owned(),
        cells: "60".to_owned(),
        unit: "ml".to_owned(),
        expires: proto(moment("2026-03-12T10:00")?),
        for_subject: infusion.subject.clone(),
        for_trial: TRIAL.to_owned(),
        ..Default::default()
    };
    dosing.receive_lot(request).await.context("receive")?;
    let request = ReleaseLotRequest {
        act: pharmacist.act("certificate read"),
        trial: TRIAL.to_owned(),
        lot: lot.to_owned(),
        certificate: "CoA BM-0001".to_owned(),
    };
    dosing.release_lot(request).await.context("release")?;
    story.at("2026-03-11T10:00")?;
    let request = AuthorizeInfusionRequest {
        act: pharmacist.act("right lot, right amount"),
        trial: TRIAL.to_owned(),
        infusion: infusion.infusion.clone(),
        lot: lot.to_owned(),
        cells: "2".to_owned(),
    };
    dosing.authorize_infusion(request).await.context("authorize")?;
    story.hush().await?;
    let (subject, lot) = (infusion.subject.clone(), lot.to_owned());
    let check = BedsideCheck { subject, lot, checked_with: story.people.second_nurse.name.clone() };
    let (trial, id) = (TRIAL.to_owned(), infusion.infusion.clone());
    let of = StartOf { trial, infusion: id, check };
    Bedside::new(story.people.nurse.clone(), of).start("").await.context("start")?;
    Ok(infusion)
}

/// Everybody is told of a hold, with its list of what is in flight.
async fn held(story: &Story) -> anyhow::Result<()> {
    let officer = &story.people.safety_officer;
    let request = PlaceHoldRequest {
        act: officer.act("a call from the cell laboratory"),
        trial: TRIAL.to_owned(),
        scope: Some(Scope { of: Some(scope::Of::Trial(true)) }),
        activities: vec![Activity::Dosing.into()],
    };
    officer.safety.clone().place_hold(request).await.context("hold")?;
    Ok(())
}

/// Everything that one person can read of the subjects.
async fn shown(person: &Person, subjects: &[String], infused: &Infusion) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    let trial = || TRIAL.to_owned();
    macro_rules! ask {
        ($service:ident . $method:ident ( $request:expr )) => {
            match person.$service.clone().$method($request).await {
                Ok(answer) => all.push(format!("{:?}", answer.into_inner())),
                // What is refused is read as well.
                Err(status) => all.push(format!("{:?}", Refusal::from(status))),
            }
        };
    }
    let request = ListSubjectsRequest { trial: trial(), page: None };
    ask!(enrollment.list_subjects(request));
    ask!(enrollment.list_flags(ListFlagsRequest { trial: trial(), ..Default::default() }));
    ask!(enrollment.get_randomization_list(GetRandomizationListRequest { trial: trial() }));
    ask!(dosing.list_infusions(ListInfusionsRequest { trial: trial(), ..Default::default() }));
    let infusion = || infused.infusion.clone();
    ask!(dosing.get_infusion(GetInfusionRequest { trial: trial(), infusion: infusion() }));
    ask!(dosing.calculate_dose(CalculateDoseRequest { trial: trial(), infusion: infusion() }));
    ask!(dosing.get_lot(GetLotRequest { lot: "BM-0001".to_owned() }));
    ask!(labs.list_responses(ListResponsesRequest { trial: trial(), page: None }));
    let (from, until) = ("2026-03-01".to_owned(), "2027-03-01".to_owned());
    ask!(followup.list_due(ListDueRequest { trial: trial(), from, until, ..Default::default() }));
    let request = ListHoldsRequest { trial: trial(), include_released: true };
    let holds = person.safety.clone().list_holds(request.clone()).await;
    ask!(safety.list_holds(request));
    for hold in holds.map(|holds| holds.into_inner().holds).unwrap_or_default() {
        ask!(safety.get_suspension_board(GetSuspensionBoardRequest { trial: trial(), hold: hold.hold }));
    }
    ask!(safety.list_alerts(ListAlertsRequest { trial: trial(), ..Default::default() }));
    ask!(safety.list_adverse_events(ListAdverseEventsRequest { trial: trial(), page: None }));
    for subject in subjects {
        let subject = || subject.clone();
        ask!(enrollment.get_subject(GetSubjectRequest { trial: trial(), subject: subject() }));
        ask!(dosing.list_treatments(ListTreatmentsRequest { trial: trial(), subject: subject() }));
        ask!(followup.get_schedule(GetScheduleRequest { trial: trial(), subject: subject() }));
        let request = ListActivitiesRequest { trial: trial(), subject: subject(), page: None };
        ask!(followup.list_activities(request));
    }
    Ok(all)
}

/// The auditor reads what the others are not shown: without it the search above would find nothing in any case.
async fn who_verifies_sees_it(story: &Story, subjects: &[String]) -> anyhow::Result<()> {
    let auditor = &story.people.auditor;
    let request = ListInfusionsRequest { trial: TRIAL.to_owned(), ..Default::default() };
    let infusions = auditor.dosing.clone().list_infusions(request).await?.into_inner().infusions;
    let told = infusions.iter().all(|one| !one.regimen.is_empty() && !one.arm_sealed);
    ensure!(told && infusions.len() == SIZE, "the auditor sees every regimen: {infusions:?}");
    let mut arms = std::collections::BTreeSet::new();
    for subject in subjects {
        let request = GetSubjectRequest { trial: TRIAL.to_owned(), subject: subject.clone() };
        arms.insert(auditor.enrollment.clone().get_subject(request).await?.into_inner().arm);
    }
    ensure!(arms.len() == 3, "somebody is in every arm: {arms:?}");
    Ok(())
}
