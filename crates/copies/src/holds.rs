//! Safety's holds as its events tell them: placed, effective, of another kind, released. What a room does about a hold
//! that is placed or released is its own; the copy is the same.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_api::common::v1::{Activity as PbActivity, Scope as PbScope, scope::Of};
use holdpoint_api::safety::v1::{HoldEffective, HoldKind, HoldPlaced, HoldReclassified, InFlight};
use holdpoint_chassis::error;
use holdpoint_journal::{Aggregate, Event, Key, ReactError, Tx};

use crate::hold::{Activity, Hold, HoldState, Scope};
use crate::ids::{InfusionId, PermitId, TrialId};
use crate::read::{self, moment, some};

/// The kind of a hold that is never released.
pub const PERMANENT: &str = "permanent";

impl Aggregate for Hold {
    const TABLE: &'static str = "hold";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("state")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let state = if self.state == HoldState::Released { "released" } else { "standing" };
        vec![Some(self.trial.to_string()), Some(state.to_owned())]
    }
}

/// The holds of a trial that stand.
pub async fn standing(tx: &Tx, trial: &TrialId) -> error::Result<Vec<Hold>> {
    let holds = tx.find::<Hold>(&[("trial", trial.as_str()), ("state", "standing")]).await?;
    Ok(holds.into_iter().map(|hold| hold.value).collect())
}

/// Keeps what every room makes of a hold that moves on; false where the event tells something else.
pub async fn hear(tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
    match event.kind.as_str() {
        "holdpoint.safety.v1.HoldEffective" => {
            let told: HoldEffective = read::message(event)?;
            change(tx, &told.hold, |hold| {
                if hold.state == HoldState::Placed {
                    hold.state = HoldState::Effective;
                }
            })
            .await?;
        }
        "holdpoint.safety.v1.HoldReclassified" => {
            let told: HoldReclassified = read::message(event)?;
            change(tx, &told.hold, |hold| hold.kind = kind(told.kind).to_owned()).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A hold as it was placed.
pub fn placed(event: HoldPlaced) -> Result<Hold, ReactError> {
    Ok(Hold {
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
    })
}

/// One hold was taken away; any other stays.
pub async fn released(tx: &mut Tx, hold: &str) -> Result<Hold, ReactError> {
    change(tx, hold, |hold| hold.state = HoldState::Released).await
}

/// Changes a hold that was placed before; safety's journal has it in that order, so one that is missing is parked.
async fn change(tx: &mut Tx, id: &str, change: impl FnOnce(&mut Hold) + Send) -> Result<Hold, ReactError> {
    let stored = tx.get::<Hold>(id).await?;
    let stored = stored.ok_or_else(|| ReactError::Park(format!("hold {id} was never placed here")))?;
    let mut hold = stored.value.clone();
    change(&mut hold);
    if hold != stored.value {
        tx.record(&stored, hold.clone(), []).await?;
    }
    Ok(hold)
}

/// What a hold covers. A scope of a later version is parked.
pub fn scope(scope: Option<PbScope>) -> Result<Scope, ReactError> {
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
fn kind(kind: i32) -> &'static str {
    match HoldKind::try_from(kind) {
        Ok(HoldKind::PendingAssessment) => "pending-assessment",
        Ok(HoldKind::PendingBoardDecision) => "pending-board-decision",
        Ok(HoldKind::DoseReductionRequired) => "dose-reduction-required",
        Ok(HoldKind::Reconciliation) => "reconciliation",
        Ok(HoldKind::Permanent) => PERMANENT,
        Ok(HoldKind::Unspecified) | Err(_) => "unknown",
    }
}

fn unsettled(in_flight: Vec<InFlight>) -> BTreeMap<PermitId, InfusionId> {
    let of_infusions = in_flight.into_iter().filter(|permit| !permit.settled && !permit.infusion.is_empty());
    of_infusions.map(|permit| (permit.permit.into(), permit.infusion.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> HoldPlaced {
        let permit = |permit: &str, infusion: &str, settled| InFlight {
            permit: permit.to_owned(),
            infusion: infusion.to_owned(),
            settled,
            ..InFlight::default()
        };
        HoldPlaced {
            hold: "h-1".to_owned(),
            trial: "pgf-msc".to_owned(),
            scope: Some(PbScope { of: Some(Of::Site("cq2".to_owned())) }),
            activities: vec![PbActivity::Dosing.into()],
            kind: HoldKind::Permanent.into(),
            at: Some(prost_types::Timestamp { seconds: 7, nanos: 0 }),
            in_flight: vec![
                permit("p-1", "i-1", false),
                permit("p-2", "i-2", true),
                permit("p-3", "", false),
            ],
            ..HoldPlaced::default()
        }
    }

    #[test]
    fn a_hold_is_kept_as_it_was_told() {
        let hold = placed(told()).unwrap();
        assert_eq!((hold.state, hold.kind.as_str()), (HoldState::Placed, PERMANENT));
        assert_eq!(hold.scope, Scope::Site("cq2".to_owned()));
        assert_eq!(hold.activities, BTreeSet::from([Activity::Dosing]));
        assert_eq!(hold.unsettled, BTreeMap::from([("p-1".into(), "i-1".into())]), "infusions, unsettled");
        assert_eq!(hold.went_back, None);
    }

    #[test]
    fn what_this_version_does_not_know_is_parked() {
        let unread = [
            HoldPlaced { scope: None, ..told() },
            HoldPlaced { activities: vec![99], ..told() },
            HoldPlaced { at: None, ..told() },
        ];
        for told in unread {
            assert!(matches!(placed(told), Err(ReactError::Park(_))));
        }
    }
}
