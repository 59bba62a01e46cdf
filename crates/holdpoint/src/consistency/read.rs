//! Asks the five services and puts their answers side by side. A service that stays silent is an error, never an empty answer.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use holdpoint_api::common::v1::{Activity, scope};
use holdpoint_api::dosing::v1::{GetLotRequest, Infusion};
use holdpoint_api::enrollment::v1::{Allocation, GetSubjectRequest, Subject};
use holdpoint_api::journal::v1::ParkedRequest;
use holdpoint_api::safety::v1::{GetPermitRequest, GetSuspensionBoardRequest, HoldView};
use tonic::Code;

use super::picture::{Adverse, Allocated, Covers, Given, Held, Permitted, Picture};
use crate::client::{Person, behind, call, heads, lists};
use crate::demo::time::from_proto;
use crate::host::ROOMS;

/// Everything of one trial. The reader needs the role of an auditor.
pub async fn picture(reader: &Person, trial: &str) -> anyhow::Result<Picture> {
    let allocations = allocations(reader, trial).await?;
    let infusions = infusions(reader, trial).await?;
    let named = allocations.iter().map(|one| &one.permit).chain(infusions.iter().map(|one| &one.permit));
    let named: BTreeSet<String> = named.filter(|permit| !permit.is_empty()).cloned().collect();
    let lots: BTreeSet<String> =
        infusions.iter().map(|one| one.lot.clone()).filter(|lot| !lot.is_empty()).collect();
    let standing = heads(reader).await?;
    Ok(Picture {
        trial: trial.to_owned(),
        permits: permits(reader, trial, named).await?,
        lots: released(reader, lots).await?,
        holds: holds(reader, trial).await?,
        adverse_events: adverse_events(reader, trial).await?,
        behind: behind(reader, &standing).await?,
        heads: standing.len(),
        parked: parked(reader).await?,
        allocations,
        infusions,
    })
}

async fn allocations(reader: &Person, trial: &str) -> anyhow::Result<Vec<Allocated>> {
    let listed = lists::subjects(reader, trial).await.context("enrollment: list subjects")?;
    let mut all = Vec::new();
    for subject in listed.iter().filter(|subject| subject.state == "randomized") {
        let request = GetSubjectRequest { trial: trial.to_owned(), subject: subject.subject.clone() };
        let whole =
            call!(reader.enrollment, get_subject, request).await.context("enrollment: read a subject")?;
        match &whole.allocation {
            Some(newest) => {
                all.extend(whole.earlier_allocations.iter().chain([newest]).map(|of| allocated(&whole, of)))
            }
            None => all.push(allocated(&whole, &Allocation::default())),
        }
    }
    Ok(all)
}

fn allocated(subject: &Subject, of: &Allocation) -> Allocated {
    let consents = subject.consents.iter().filter(|consent| !consent.corrected);
    let against = of.criteria.iter().filter(|criterion| !criterion.satisfied);
    Allocated {
        subject: subject.subject.clone(),
        site: subject.site.clone(),
        arm: of.arm.clone(),
        cohort: of.cohort.clone(),
        permit: of.permit.clone(),
        at: from_proto(of.randomized_at.as_ref()),
        consents: consents.filter_map(|consent| consent.date.parse().ok()).collect(),
        eligible: of.eligible,
        against: against.map(|criterion| criterion.id.clone()).collect(),
    }
}

/// States in which cells flowed, or may have.
const STARTED: &[&str] = &["started", "unconfirmed", "completed"];

async fn infusions(reader: &Person, trial: &str) -> anyhow::Result<Vec<Given>> {
    let listed = lists::infusions(reader, trial).await.context("dosing: list infusions")?;
    Ok(listed.into_iter().filter(|one| STARTED.contains(&one.state.as_str())).map(given).collect())
}

fn given(infusion: Infusion) -> Given {
    let used = infusion.dose.as_ref().map_or("", |dose| dose.weight_used.as_str());
    Given {
        by_weight: !matches!(used, "" | "none"),
        subject: infusion.subject,
        infusion: infusion.infusion,
        number: infusion.number,
        permit: infusion.permit,
        lot: infusion.lot,
        started_at: from_proto(infusion.started_at.as_ref()),
        lot_released_at: from_proto(infusion.lot_released_at.as_ref()),
        weight: infusion.weight,
        weight_measured_at: from_proto(infusion.weight_measured_at.as_ref()),
    }
}

async fn permits(
    reader: &Person,
    trial: &str,
    named: BTreeSet<String>,
) -> anyhow::Result<BTreeMap<String, Option<Permitted>>> {
    let mut all = BTreeMap::new();
    for permit in named {
        let request = GetPermitRequest { trial: trial.to_owned(), permit: permit.clone() };
        let known = match call!(reader.safety, get_permit, request).await {
            Ok(of) => Some(Permitted { subject: of.subject, infusion: of.infusion, state: of.state }),
            Err(status) if status.code() == Code::NotFound => None,
            Err(status) => return Err(status).context("safety: read a permit"),
        };
        all.insert(permit, known);
    }
    Ok(all)
}

async fn released(reader: &Person, lots: BTreeSet<String>) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut all = BTreeMap::new();
    for lot in lots {
        match call!(reader.dosing, get_lot, GetLotRequest { lot: lot.clone() }).await {
            Ok(known) => drop(all.insert(lot, known.released_for)),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status).context("dosing: read a lot"),
        }
    }
    Ok(all)
}

async fn holds(reader: &Person, trial: &str) -> anyhow::Result<Vec<Held>> {
    let mut all = Vec::new();
    for hold in lists::holds(reader, trial).await.context("safety: list holds")? {
        let request = GetSuspensionBoardRequest { trial: trial.to_owned(), hold: hold.hold.clone() };
        let board = call!(reader.safety, get_suspension_board, request).await;
        let checked: BTreeSet<String> = board
            .context("safety: read a suspension board")?
            .checks
            .into_iter()
            .filter(|check| check.state == "checked")
            .map(|check| check.service)
            .collect();
        let others = ROOMS.iter().map(|room| room.name).filter(|name| *name != "safety");
        let unchecked = others.filter(|name| !checked.contains(*name)).map(str::to_owned).collect();
        all.push(held(&hold, unchecked));
    }
    Ok(all)
}

fn held(hold: &HoldView, unchecked: Vec<String>) -> Held {
    let stops = |activity: Activity| hold.activities.contains(&i32::from(activity));
    let covers = match hold.scope.as_ref().and_then(|scope| scope.of.clone()) {
        Some(scope::Of::Site(site)) => Covers::Site(site),
        Some(scope::Of::Arm(arm)) => Covers::Arm(arm),
        Some(scope::Of::Cohort(cohort)) => Covers::Cohort(cohort),
        Some(scope::Of::Subject(subject)) => Covers::Subject(subject),
        Some(scope::Of::Trial(_)) | None => Covers::Trial,
    };
    let flights = hold.in_flight.iter().flat_map(|flight| [flight.infusion.clone(), flight.permit.clone()]);
    Held {
        hold: hold.hold.clone(),
        reason: hold.reason.clone(),
        covers,
        stops_allocation: stops(Activity::Randomization),
        stops_doses: stops(Activity::Dosing),
        stops_first_doses: stops(Activity::FirstDose),
        effective_at: from_proto(hold.effective_at.as_ref()),
        released_at: from_proto(hold.released_at.as_ref()),
        unchecked,
        in_flight: flights.filter(|id| !id.is_empty()).collect(),
    }
}

async fn adverse_events(reader: &Person, trial: &str) -> anyhow::Result<Vec<Adverse>> {
    let listed = lists::adverse_events(reader, trial).await.context("safety: list adverse events")?;
    let adverse = listed.into_iter().map(|event| Adverse {
        verdicts: event.rules.len(),
        subject: event.subject,
        adverse_event: event.adverse_event,
        serious: event.serious,
        unruled: event.unruled,
    });
    Ok(adverse.collect())
}

async fn parked(reader: &Person) -> anyhow::Result<Vec<(String, String, String)>> {
    let mut all = Vec::new();
    for (service, journal) in &reader.journals {
        let journal = journal.clone();
        let answer = call!(journal, parked, ParkedRequest {}).await;
        let rows = answer.with_context(|| format!("{service}: parked rows"))?.rows;
        all.extend(rows.into_iter().map(|row| (service.clone(), row.source, row.why)));
    }
    Ok(all)
}
