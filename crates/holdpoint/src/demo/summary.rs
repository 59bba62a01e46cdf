//! The counts of the whole run, read back from the services, and the one JSON object that `--json` prints.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use holdpoint_api::dosing::v1::Infusion;
use holdpoint_api::enrollment::v1::Subject;
use holdpoint_api::followup::v1::CountVisitsRequest;
use holdpoint_api::labs::v1::{CountResultsRequest, SubjectResponse};
use holdpoint_api::safety::v1::HoldView;
use serde::Serialize;

use super::time::from_proto;
use crate::client::{Person, call, lists};

/// What `--json` prints, key for key.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Subjects randomized, by the file's id of the arm.
    pub randomized: BTreeMap<String, u64>,
    /// Infusions.
    pub infusions: Infusions,
    /// Holds, ever.
    pub holds: Holds,
    /// The largest over the holds: from the client's send until the client saw the hold effective, machine time.
    pub report_to_effective_ms: u64,
    /// All services and chains.
    pub journal: Journal,
    /// Machine time of the whole run, seconds.
    pub wall_s: f64,
    /// What only the whole trial has.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
}

/// What the whole trial adds.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// Subjects with a record.
    pub screened: u64,
    /// Analytes, once each.
    pub results: Results,
    /// Randomized subjects by arm and category, as the file names them; `not-assessable` where it occurs.
    pub responses: BTreeMap<String, BTreeMap<String, u64>>,
    /// Scheduled activities.
    pub visits: Visits,
}

/// Counts of analytes.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// Stand.
    pub accepted: u64,
    /// Were known.
    pub duplicates: u64,
    /// Changed what stood.
    pub corrected: u64,
    /// Waited, or wait, for a person.
    pub quarantined: u64,
}

/// Counts of scheduled activities.
#[derive(Debug, Clone, Serialize)]
pub struct Visits {
    /// Fell due, and were neither waived, canceled nor not applicable.
    pub due: u64,
    /// Of these, done.
    pub done: u64,
    /// Of these, missed.
    pub missed: u64,
}

/// Counts of infusions.
#[derive(Debug, Clone, Serialize)]
pub struct Infusions {
    /// Ever planned.
    pub planned: u64,
    /// Completed, early stops too.
    pub completed: u64,
    /// Distinct infusions whose start a hold refused.
    pub refused_by_hold: u64,
    /// Started while an effective hold stood. Anything but 0 is a broken promise.
    pub started_after_effective: u64,
}

/// Counts of holds.
#[derive(Debug, Clone, Serialize)]
pub struct Holds {
    /// Placed.
    pub placed: u64,
    /// Became effective.
    pub effective: u64,
    /// Released.
    pub released: u64,
}

/// The journals.
#[derive(Debug, Clone, Serialize)]
pub struct Journal {
    /// Rows of all services and chains.
    pub rows: u64,
    /// Every hash fits, and every peer remembers the same.
    pub verified: bool,
}

/// Asks the services for every count of a trial.
pub(super) async fn read_back(
    auditor: &Person,
    trial: &str,
    report_to_effective_ms: u64,
    journal: Journal,
) -> anyhow::Result<Summary> {
    let infusions = lists::infusions(auditor, trial).await.context("list infusions")?;
    let holds = lists::holds(auditor, trial).await.context("list holds")?;
    let subjects = lists::subjects(auditor, trial).await.context("list subjects")?;
    Ok(Summary {
        randomized: by_arm(&subjects),
        infusions: Infusions {
            planned: count(&infusions, |_| true),
            completed: count(&infusions, |infusion| infusion.state == "completed"),
            refused_by_hold: count(&infusions, |infusion| infusion.refused_by_hold > 0),
            started_after_effective: count(&infusions, |infusion| started_under(infusion, &holds)),
        },
        holds: Holds {
            placed: count(&holds, |_| true),
            effective: count(&holds, |hold| hold.effective_at.is_some()),
            released: count(&holds, |hold| hold.released_at.is_some()),
        },
        report_to_effective_ms,
        journal,
        wall_s: 0.0,
        whole: None,
    })
}

/// Asks labs and followup for what the whole trial adds.
pub(super) async fn read_whole(auditor: &Person, trial: &str) -> anyhow::Result<Whole> {
    let of = trial.to_owned();
    let request = CountResultsRequest { trial: of.clone() };
    let results = call!(auditor.labs, count_results, request).await;
    let results = results.context("count results")?;
    let request = CountVisitsRequest { trial: of };
    let visits = call!(auditor.followup, count_visits, request).await;
    let visits = visits.context("count visits")?;
    let subjects = lists::subjects(auditor, trial).await.context("list subjects")?;
    let responses = lists::responses(auditor, trial).await.context("list responses")?;
    Ok(Whole {
        screened: count(&subjects, |_| true),
        results: Results {
            accepted: results.accepted,
            duplicates: results.duplicates,
            corrected: results.corrected,
            quarantined: results.quarantined,
        },
        responses: by_category(&responses),
        visits: Visits { due: visits.due, done: visits.done, missed: visits.missed },
    })
}

fn by_category(responses: &[SubjectResponse]) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut counted: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for one in responses.iter().filter(|one| !one.category.is_empty()) {
        *counted.entry(one.arm.clone()).or_default().entry(one.category.clone()).or_default() += 1;
    }
    counted
}

fn by_arm(subjects: &[Subject]) -> BTreeMap<String, u64> {
    let arms: BTreeSet<&str> =
        subjects.iter().map(|subject| subject.arm.as_str()).filter(|arm| !arm.is_empty()).collect();
    arms.into_iter().map(|arm| (arm.to_owned(), count(subjects, |subject| subject.arm == arm))).collect()
}

/// Whether the cells began to flow between a hold's effect and its release.
fn started_under(infusion: &Infusion, holds: &[HoldView]) -> bool {
    let Some(started) = from_proto(infusion.started_at.as_ref()) else { return false };
    holds.iter().any(|hold| {
        let effective = from_proto(hold.effective_at.as_ref());
        let released = from_proto(hold.released_at.as_ref());
        effective.is_some_and(|from| started >= from) && released.is_none_or(|until| started < until)
    })
}

fn count<T>(of: &[T], which: impl Fn(&T) -> bool) -> u64 {
    of.iter().filter(|one| which(one)).count() as u64
}
