//! The counts of the whole run, read back from the services, and the one JSON object that `--json` prints.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use holdpoint_api::common::v1::Page;
use holdpoint_api::dosing::v1::Infusion;
use holdpoint_api::enrollment::v1::{ListSubjectsRequest, Subject};
use holdpoint_api::safety::v1::HoldView;
use serde::Serialize;

use super::stage::{Stage, from_proto};
use super::{evening, ward};
use crate::embedded::Embedded;

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

/// Asks the services for every count.
pub(super) async fn read_back(stage: &Stage, house: &Embedded) -> anyhow::Result<Summary> {
    stage.hush().await?;
    let infusions = ward::all(stage).await?;
    let holds = evening::list(stage).await?;
    let journal = house.verify().await?;
    for finding in &journal.findings {
        stage.timeline.say(format!("journal: {finding}"));
    }
    Ok(Summary {
        randomized: by_arm(&subjects(stage).await?),
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
        report_to_effective_ms: stage.report_to_effective_ms.iter().copied().max().unwrap_or_default(),
        journal: Journal { rows: journal.rows, verified: journal.findings.is_empty() },
        wall_s: 0.0,
    })
}

/// Every subject of the trial.
pub(super) async fn subjects(stage: &Stage) -> anyhow::Result<Vec<Subject>> {
    let request = ListSubjectsRequest {
        trial: stage.trial.clone(),
        page: Some(Page { after: String::new(), size: 500 }),
    };
    let mut enrollment = stage.people.auditor.enrollment.clone();
    Ok(enrollment.list_subjects(request).await.context("list subjects")?.into_inner().subjects)
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
