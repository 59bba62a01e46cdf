//! A hold was placed: dosing's own view refuses from here on as well. Its suspension check names what stands still and
//! what is in progress (architecture, "Life of a serious adverse event", step 5).

use std::collections::BTreeMap;

use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_copies::holds;
use holdpoint_journal::{Questions, ReactError, Stored, Tx};

use crate::domain::hold::{Activity, Hold, Placement};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::treatment::{Treatment, waiting_for};
use crate::events::{self, Checked};

pub(super) async fn react(tx: &mut Tx, event: HoldPlaced) -> Result<(), ReactError> {
    let hold = holds::placed(event.clone())?;
    let of_trial = [("trial", hold.trial.as_str())];
    let asked = Questions::new().get::<Hold>(hold.id.as_str());
    tx.ask(asked.find::<Subject>(&of_trial)?.find::<Treatment>(&of_trial)?).await?;
    if tx.get::<Hold>(hold.id.as_str()).await?.is_some() {
        return Ok(());
    }
    let check = check(tx, &hold).await?;
    tx.record_new(&hold, [events::hold_checked(check, &event)]).await?;
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
