//! A hold was placed: treatment visits of those it covers stand still, safety visits never do. Followup's suspension check
//! says which stand still and how many go on (architecture, "Life of a serious adverse event", step 5).

use std::collections::BTreeSet;

use holdpoint_api::common::v1::{Activity as PbActivity, Scope as PbScope, scope::Of};
use holdpoint_api::safety::v1::{HoldKind, HoldPlaced};
use holdpoint_journal::{ReactError, Tx};

use super::moment;
use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::hold::{Activity, Hold, HoldState, Scope};
use crate::domain::ids::SubjectId;
use crate::domain::infusion::visits;
use crate::domain::subject::Subject;
use crate::domain::visit::Standing;
use crate::events::{self, Checked};
use crate::queries::frozen;
use crate::store;

pub(super) async fn react(_: &Ctx, tx: &mut Tx, event: HoldPlaced) -> Result<(), ReactError> {
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
    };
    if tx.get::<Hold>(hold.id.as_str()).await?.is_some() {
        return Ok(());
    }
    let check = check(tx, &hold).await?;
    tx.record_new(&hold, [events::hold_checked(check, &placed)]).await?;
    Ok(())
}

async fn check(tx: &Tx, hold: &Hold) -> Result<Checked, ReactError> {
    let mut stand_still = vec![];
    let mut covered: BTreeSet<SubjectId> = BTreeSet::new();
    for subject in tx.find::<Subject>(&[("trial", hold.trial.as_str())]).await? {
        if !hold.scope.covers(&subject.placement()) {
            continue;
        }
        let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
        stand_still.extend(frozen(&subject, &visits(&subject, &zone), std::slice::from_ref(hold)));
        covered.insert(subject.value.id);
    }
    let courses = tx.find::<Course>(&[("trial", hold.trial.as_str())]).await?;
    let go_on =
        courses.iter().filter(|course| covered.contains(&course.subject)).map(|course| waiting(course));
    Ok(Checked {
        trial: hold.trial.clone(),
        hold: hold.id.to_string(),
        at: tx.by().at,
        frozen: stand_still,
        safety_visits: go_on.sum(),
    })
}

fn waiting(course: &Course) -> usize {
    let visits = course.series.iter().flat_map(|series| &series.visits);
    visits.filter(|visit| visit.standing == Standing::Scheduled).count()
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
        Ok(HoldKind::Permanent) => "permanent",
        Ok(HoldKind::Unspecified) | Err(_) => "unknown",
    }
}
