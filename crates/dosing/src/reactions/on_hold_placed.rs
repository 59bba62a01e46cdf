//! A hold was placed: dosing's own view refuses from here on as well. Its suspension check names what stands still and
//! what is in progress (architecture, "Life of a serious adverse event", step 5).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_api::common::v1::{Activity as PbActivity, Scope as PbScope, scope::Of};
use holdpoint_api::safety::v1::{HoldKind, HoldPlaced, InFlight};
use holdpoint_journal::{ReactError, Stored, Tx};

use super::{moment, some};
use crate::domain::hold::{Activity, Hold, HoldState, Placement, Scope};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::treatment::{Treatment, waiting_for};
use crate::events::{self, Checked};

pub(super) async fn react(tx: &mut Tx, event: HoldPlaced) -> Result<(), ReactError> {
    let placed = event.clone();
    let hold = Hold {
        id: event.hold.into(),
        trial: event.trial.into(),
        scope: scope(event.scope)?,
        activities: activities(&event.activities)?,
        kind: kind(event.kind).to_owned(),
        reason: event.reason,
        state: HoldState::Placed,
        placed_at: moment(event.at, "at")?,
        unsettled: unsettled(event.in_flight),
        went_back: some(event.went_back),
    };
    if tx.get::<Hold>(hold.id.as_str()).await?.is_some() {
        return Ok(());
    }
    let check = check(tx, &hold).await?;
    tx.record_new(&hold, [events::hold_checked(check, &placed)]).await?;
    Ok(())
}

async fn check(tx: &Tx, hold: &Hold) -> Result<Checked, ReactError> {
    let mut frozen = vec![];
    let mut in_progress = vec![];
    for (placement, all) in by_subject(tx, &hold.trial).await? {
        let stopped = |activity| hold.stops(activity, &placement);
        frozen.extend(waiting_for(&all, stopped).map(|one| one.key().id.to_string()));
        if stopped(Activity::Dosing) || stopped(Activity::FirstDose) {
            in_progress.extend(all.iter().filter(|one| one.in_flight()).map(|one| one.key().id.to_string()));
        }
    }
    Ok(Checked { trial: hold.trial.clone(), hold: hold.id.to_string(), at: tx.by().at, frozen, in_progress })
}

/// Every subject of a trial that has infusions, with where it stands.
pub(super) async fn by_subject(
    tx: &Tx,
    trial: &TrialId,
) -> Result<Vec<(Placement, Vec<Treatment>)>, ReactError> {
    let subjects: Vec<Stored<Subject>> = tx.find(&[("trial", trial.as_str())]).await?;
    let mut treatments: BTreeMap<SubjectId, Vec<Treatment>> = BTreeMap::new();
    for treatment in tx.find::<Treatment>(&[("trial", trial.as_str())]).await? {
        treatments.entry(treatment.key().subject.clone()).or_default().push(treatment.value);
    }
    let placed = subjects.into_iter().filter_map(|subject| {
        let all = treatments.remove(&subject.value.id)?;
        Some((subject.placement(), all))
    });
    Ok(placed.collect())
}

fn scope(scope: Option<PbScope>) -> Result<Scope, ReactError> {
    Ok(match scope.and_then(|scope| scope.of) {
        Some(Of::Trial(_)) => Scope::Trial,
        Some(Of::Site(site)) => Scope::Site(site),
        Some(Of::Arm(arm)) => Scope::Arm(arm),
        Some(Of::Cohort(cohort)) => Scope::Cohort(cohort),
        Some(Of::Subject(subject)) => Scope::Subject(subject.into()),
        None => return Err(ReactError::Park("its scope is not known to this version".to_owned())),
    })
}

fn activities(activities: &[i32]) -> Result<BTreeSet<Activity>, ReactError> {
    let read = |number: &i32| match PbActivity::try_from(*number) {
        Ok(PbActivity::Randomization) => Ok(Activity::Randomization),
        Ok(PbActivity::FirstDose) => Ok(Activity::FirstDose),
        Ok(PbActivity::Dosing) => Ok(Activity::Dosing),
        _ => Err(ReactError::Park(format!("activity {number} is not known to this version"))),
    };
    activities.iter().map(read).collect()
}

/// The kind's word.
pub(super) fn kind(kind: i32) -> &'static str {
    match HoldKind::try_from(kind) {
        Ok(HoldKind::PendingAssessment) => "pending-assessment",
        Ok(HoldKind::PendingBoardDecision) => "pending-board-decision",
        Ok(HoldKind::DoseReductionRequired) => "dose-reduction-required",
        Ok(HoldKind::Reconciliation) => "reconciliation",
        Ok(HoldKind::Permanent) => PERMANENT,
        Ok(HoldKind::Unspecified) | Err(_) => "unknown",
    }
}

/// Never released.
pub(super) const PERMANENT: &str = "permanent";

fn unsettled(
    in_flight: Vec<InFlight>,
) -> BTreeMap<crate::domain::ids::PermitId, crate::domain::ids::InfusionId> {
    in_flight
        .into_iter()
        .filter(|permit| !permit.settled && !permit.infusion.is_empty())
        .map(|permit| (permit.permit.into(), permit.infusion.into()))
        .collect()
}
