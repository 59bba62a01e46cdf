//! Asks the five services and puts their answers side by side. A service that stays silent is an error, never an empty answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use holdpoint_api::common::v1::{Activity, scope};
use holdpoint_api::dosing::v1::{GetLotRequest, GetWeightRequest, Infusion};
use holdpoint_api::enrollment::v1::{Allocation, GetRandomizationListRequest, Subject};
use holdpoint_api::journal::v1::ParkedRequest;
use holdpoint_api::safety::v1::{GetPermitRequest, GetSuspensionBoardRequest, HoldView};
use holdpoint_chassis::clock::MachineClock;
use tonic::{Code, Status};

use super::picture::{Adverse, Allocated, Covers, Given, Held, Permitted, Picture, Stocked, Weighed};
use crate::client::{Behind, Person, behind, call, heads, lists};
use crate::demo::time::from_proto;
use crate::host::ROOMS;

/// What enrollment calls an allocation by the investigator's choice.
const BY_CHOICE: &str = "investigator-choice";
/// How long a reader that works may take to come to a head, and how often it is looked at.
const TO_CATCH_UP: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Everything of one trial. The reader needs the role of an auditor.
pub async fn picture(reader: &Person, trial: &str) -> anyhow::Result<Picture> {
    heads(reader).await?; // a service that is away is told of at once
    let allocations = allocations(reader, trial).await?;
    let mut infusions = infusions(reader, trial).await?;
    let named = allocations.iter().map(|one| &one.permit).chain(infusions.iter().map(|one| &one.permit));
    let permits = permits(reader, trial, distinct(named)).await?;
    for one in &mut infusions {
        one.started_at =
            one.started_at.or_else(|| permits.get(&one.permit).and_then(|permit| permit.issued_at));
    }
    let (behind, heads) = standing(reader).await?;
    Ok(Picture {
        trial: trial.to_owned(),
        chosen: chosen(reader, trial).await?,
        lots: lots(reader, distinct(infusions.iter().map(|one| &one.lot))).await?,
        weights: weights(reader, trial, distinct(infusions.iter().map(|one| &one.weight))).await?,
        holds: holds(reader, trial).await?,
        adverse_events: adverse_events(reader, trial).await?,
        parked: parked(reader).await?,
        behind,
        heads,
        permits,
        allocations,
        infusions,
    })
}

/// The names that are any, each once.
fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    names.filter(|name| !name.is_empty()).cloned().collect()
}

/// What a service knows of each of these, by name; what it says that it does not know is left out.
async fn each<T>(
    named: BTreeSet<String>,
    what: &'static str,
    ask: impl AsyncFn(String) -> Result<T, Status>,
) -> anyhow::Result<BTreeMap<String, T>> {
    let mut all = BTreeMap::new();
    for name in named {
        match ask(name.clone()).await {
            Ok(found) => drop(all.insert(name, found)),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status).context(what),
        }
    }
    Ok(all)
}

/// Readers that do not come to the heads, and how many heads there are. One that came past a head has been there.
async fn standing(reader: &Person) -> anyhow::Result<(Vec<Behind>, usize)> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    let heads = heads(reader).await?;
    loop {
        let mut late = behind(reader, &heads).await?;
        late.retain(|late| late.at <= late.head);
        if late.is_empty() || clock.since(&begun) > TO_CATCH_UP {
            return Ok((late, heads.len()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn chosen(reader: &Person, trial: &str) -> anyhow::Result<bool> {
    let request = GetRandomizationListRequest { trial: trial.to_owned() };
    let list = call!(reader.enrollment, get_randomization_list, request).await;
    Ok(list.context("enrollment: read the list")?.algorithm == BY_CHOICE)
}

/// The allocations of everybody who has any; one that says nothing for whoever is randomized and has none.
async fn allocations(reader: &Person, trial: &str) -> anyhow::Result<Vec<Allocated>> {
    let listed = lists::subjects(reader, trial).await.context("enrollment: list subjects")?;
    let mut all = Vec::new();
    for subject in &listed {
        let shown = subject.earlier_allocations.iter().chain(&subject.allocation);
        all.extend(shown.map(|of| allocated(subject, of)));
        if subject.allocation.is_none() && subject.state == "randomized" {
            all.push(allocated(subject, &Allocation::default()));
        }
    }
    Ok(all)
}

fn allocated(subject: &Subject, of: &Allocation) -> Allocated {
    let consents = subject.consents.iter().filter(|consent| !consent.corrected);
    let against = of.criteria.iter().filter(|criterion| !criterion.satisfied);
    let stratum: Vec<_> = of.stratum.iter().map(|of| format!("{} {}", of.fact, of.at_allocation)).collect();
    Allocated {
        subject: subject.subject.clone(),
        site: subject.site.clone(),
        arm: of.arm.clone(),
        cohort: of.cohort.clone(),
        permit: of.permit.clone(),
        at: from_proto(of.randomized_at.as_ref()),
        place: (stratum.join(", "), of.place),
        consents: consents.filter_map(|consent| consent.date.parse().ok()).collect(),
        eligible: of.eligible,
        against: against.map(|criterion| criterion.id.clone()).collect(),
    }
}

/// States in which cells flowed, or may have.
const STARTED: &[&str] = &["starting", "started", "unconfirmed", "completed"];

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
        kilograms: infusion.weight_kilograms,
        weight_measured_at: from_proto(infusion.weight_measured_at.as_ref()),
    }
}

async fn permits(
    reader: &Person,
    trial: &str,
    named: BTreeSet<String>,
) -> anyhow::Result<BTreeMap<String, Permitted>> {
    each(named, "safety: read a permit", async |permit| {
        let request = GetPermitRequest { trial: trial.to_owned(), permit };
        let of = call!(reader.safety, get_permit, request).await?;
        Ok(Permitted {
            first_dose: of.activity() == Activity::FirstDose,
            issued_at: from_proto(of.issued_at.as_ref()),
            subject: of.subject,
            infusion: of.infusion,
            state: of.state,
        })
    })
    .await
}

async fn lots(reader: &Person, named: BTreeSet<String>) -> anyhow::Result<BTreeMap<String, Stocked>> {
    each(named, "dosing: read a lot", async |lot| {
        let of = call!(reader.dosing, get_lot, GetLotRequest { lot }).await?;
        let quarantined_at = from_proto(of.quarantined_at.as_ref());
        Ok(Stocked { quarantined_at, state: of.state, released_for: of.released_for })
    })
    .await
}

async fn weights(
    reader: &Person,
    trial: &str,
    named: BTreeSet<String>,
) -> anyhow::Result<BTreeMap<String, Weighed>> {
    each(named, "dosing: read a weight", async |weight| {
        let request = GetWeightRequest { trial: trial.to_owned(), weight };
        let of = call!(reader.dosing, get_weight, request).await?;
        let measured_at = from_proto(of.measured_at.as_ref());
        Ok(Weighed { measured_at, subject: of.subject, kilograms: of.kilograms })
    })
    .await
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
        placed_at: from_proto(hold.placed_at.as_ref()),
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
