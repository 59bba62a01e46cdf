//! Safety placed a hold, or moved one: enrollment keeps its own copy, runs its suspension check and answers with it.
//! No allocation depends on how fast this is: since the hold's commit safety gives no permit.

use std::collections::BTreeMap;

use holdpoint_api::common::v1::{Activity, scope::Of};
use holdpoint_api::safety::v1::{HoldPlaced, InFlight};
use holdpoint_chassis::error;
use holdpoint_journal::{Questions, ReactError, Tx};
use jiff::Timestamp;

use super::{id, moment};
use crate::call::chain;
use crate::ctx::Ctx;
use crate::domain::hold::{HoldCopy, HoldState, Scope};
use crate::domain::ids::{PermitId, SubjectId, TrialId};
use crate::domain::subject::{Stage, Subject};
use crate::domain::trial::Trial;
use crate::eligibility::{self, Step};
use crate::events::{self, Check};

/// A hold was placed.
pub async fn placed(ctx: &Ctx, tx: &mut Tx, said: HoldPlaced) -> Result<(), ReactError> {
    let of_trial = [("trial", said.trial.as_str())];
    let asked = Questions::new().get::<HoldCopy>(&said.hold).get::<Trial>(&said.trial);
    tx.ask(asked.find::<Subject>(&of_trial)?).await?;
    if tx.get::<HoldCopy>(&said.hold).await?.is_some() {
        return Ok(());
    }
    let trial: TrialId = id("trial", &said.trial)?;
    let stops = |activity: &i32| *activity == Activity::Randomization as i32;
    let as_placed = said.clone();
    let hold = HoldCopy {
        id: id("hold", &said.hold)?,
        trial: trial.clone(),
        scope: scope(said.scope.and_then(|scope| scope.of))?,
        stops_randomization: said.activities.iter().any(stops),
        went_back: Some(said.went_back).filter(|service| !service.is_empty()),
        reason: said.reason,
        state: HoldState::Placed,
        placed_at: moment("at", said.at)?,
        unsettled: unsettled(&as_placed)?,
    };
    let check = check(ctx, tx, &trial, &hold).await?;
    let entry = events::hold_checked(&trial, &as_placed, tx.by().at, check);
    tx.record_new(&hold, [entry]).await?;
    Ok(())
}

/// The allocations among what was in flight, of which a Go may still be on its way.
fn unsettled(said: &HoldPlaced) -> Result<BTreeMap<PermitId, SubjectId>, ReactError> {
    let allocation = |out: &&InFlight| out.activity == Activity::Randomization as i32 && !out.settled;
    let listed = said.in_flight.iter().filter(allocation);
    listed.map(|out| Ok((id("permit", &out.permit)?, id("subject", &out.subject)?))).collect()
}

/// A hold was released. The release of a reconciliation lets allocations go on that a rollback had stopped.
pub async fn released(tx: &mut Tx, hold: &str, at: Timestamp) -> Result<(), ReactError> {
    let released = moved(tx, hold, HoldState::Released).await?;
    if let Some(service) = &released.went_back {
        tx.reconcile(&chain(&released.trial), service, at).await?;
    }
    Ok(())
}

/// A hold became effective, or was released. One that is not known was placed in another trial's chain.
pub async fn moved(tx: &mut Tx, hold: &str, to: HoldState) -> Result<HoldCopy, ReactError> {
    let Some(known) = tx.get::<HoldCopy>(hold).await? else {
        return Err(ReactError::Park("a hold that was never placed was moved".to_owned()));
    };
    let moved = known.value.clone().moved(to);
    tx.update(&known, moved.clone()).await?;
    Ok(moved)
}

fn scope(of: Option<Of>) -> Result<Scope, ReactError> {
    Ok(match of {
        Some(Of::Trial(_)) => Scope::Trial,
        Some(Of::Site(site)) => Scope::Site(site),
        Some(Of::Arm(arm)) => Scope::Arm(arm),
        Some(Of::Cohort(cohort)) => Scope::Cohort(cohort),
        Some(Of::Subject(subject)) => Scope::Subject(subject),
        None => return Err(ReactError::Park("a hold without a scope".to_owned())),
    })
}

/// Whom the hold meets here: in screening, eligible and waiting, and with a place whose arm was not shown.
async fn check(ctx: &Ctx, tx: &Tx, trial: &TrialId, hold: &HoldCopy) -> error::Result<Check> {
    let mut check = Check::default();
    let Some(trial) = tx.get::<Trial>(trial.as_str()).await? else { return Ok(check) };
    for subject in tx.find::<Subject>(&[("trial", trial.id.as_str())]).await? {
        if !hold.covers(&subject.id, &subject.site) || subject.still_in_study().is_err() {
            continue;
        }
        let list = match &subject.stage {
            Stage::Screened => &mut check.in_screening,
            Stage::Consented { .. } if waits(ctx, tx, &trial, &subject).await => {
                &mut check.awaiting_randomization
            }
            Stage::Consented { .. } => &mut check.in_screening,
            Stage::Sealed { .. } => &mut check.sealed,
            Stage::Randomized { .. } | Stage::ScreenFailed { .. } => continue,
        };
        list.push(subject.id.to_string());
    }
    Ok(check)
}

/// Whether a subject is eligible for allocation. One that can not be judged is in screening.
async fn waits(ctx: &Ctx, tx: &Tx, trial: &Trial, subject: &Subject) -> bool {
    let judged = eligibility::judge(ctx, tx, trial, subject, Step::Randomization, tx.by().at).await;
    judged.is_ok_and(|judgement| judgement.eligible)
}
