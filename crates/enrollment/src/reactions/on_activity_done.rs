//! Followup has an activity done, with the facts that no laboratory sends: kept where the file asks enrollment about
//! them, and the activity where the baseline set names it. A correction takes the place of what it corrects.

use holdpoint_api::followup::v1::{ActivityDone, ActivityFact};
use holdpoint_journal::{ReactError, Tx};

use super::{Told, date, id, moment};
use crate::ctx::Ctx;
use crate::domain::heard::{HeardActivity, HeardFact};
use crate::domain::ids::{ActivityId, FactId};
use crate::eligibility;
use crate::store::subject_key;
use crate::{events, trial_file};

/// Keeps what is asked, and then asks the file's events again.
pub async fn run(ctx: &Ctx, tx: &mut Tx, said: ActivityDone) -> Result<(), ReactError> {
    let told = Told::of(tx, &said.trial, &said.subject).await?;
    let protocols = told.protocols(ctx, tx).await?;
    let mut changed = !said.replaces.is_empty();
    if changed {
        take_back(tx, &told, &said.replaces).await?;
    }
    if !said.withdrawn {
        let activity: ActivityId = id("activity", &said.activity)?;
        if protocols.iter().any(|protocol| eligibility::baseline_asks(protocol, &activity)) {
            // No event is found by it: what happened, and the facts, are asked of the chart.
            done(tx, &told, activity, &said).await?;
        }
        for given in said.facts {
            let fact: FactId = id("fact", &given.fact)?;
            if protocols.iter().any(|protocol| trial_file::asks_fact(protocol, &fact)) {
                keep(tx, &told, &said.activity_record, fact, given).await?;
                changed = true;
            }
        }
    }
    if changed {
        told.rederive(ctx, tx).await?;
    }
    Ok(())
}

fn key(told: &Told, record: &str) -> String {
    format!("followup/{}/{record}", told.subject.trial)
}

async fn done(tx: &mut Tx, told: &Told, activity: ActivityId, said: &ActivityDone) -> Result<(), ReactError> {
    let heard = HeardActivity {
        id: key(told, &said.activity_record),
        trial: told.subject.trial.clone(),
        subject: told.subject.id.clone(),
        activity,
        date: date("date", &said.date)?,
        replaced: false,
    };
    tx.insert(&heard).await?;
    Ok(())
}

async fn keep(
    tx: &mut Tx,
    told: &Told,
    record: &str,
    fact: FactId,
    given: ActivityFact,
) -> Result<(), ReactError> {
    let heard = HeardFact {
        id: format!("{}/{fact}", key(told, record)),
        trial: told.subject.trial.clone(),
        subject: told.subject.id.clone(),
        fact,
        reading: given.value.and_then(events::reading),
        taken_at: moment("taken_at", given.taken_at)?,
        version: 1,
    };
    tx.insert(&heard).await?;
    Ok(())
}

/// Neither the earlier record nor its facts stand.
async fn take_back(tx: &mut Tx, told: &Told, record: &str) -> Result<(), ReactError> {
    if let Some(earlier) = tx.get::<HeardActivity>(&key(told, record)).await? {
        let replaced = HeardActivity { replaced: true, ..earlier.value.clone() };
        tx.update(&earlier, replaced).await?;
    }
    let of = subject_key(&told.subject.trial, &told.subject.id);
    let facts = format!("{}/", key(told, record));
    for fact in tx.find::<HeardFact>(&[("subject", &of)]).await? {
        if fact.id.starts_with(&facts) {
            let void = HeardFact { reading: None, ..fact.value.clone() };
            tx.update(&fact, void).await?;
        }
    }
    Ok(())
}
