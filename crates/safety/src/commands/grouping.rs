//! Refuses what a trial file's groups do not allow at this moment: an allocation to a cohort that is not open or is full,
//! a first dose in a cohort that is not open or too near to another subject's. Judged in the permit's own transaction,
//! which holds the trial: of two that are asked in the same second the second sees the first. protocols README,
//! sentence 41. Refusals SAF-0029, SAF-0030.

use std::collections::BTreeSet;

use holdpoint_chassis::error::{Refused, Result};
use holdpoint_protocol::Protocol;

use super::gathering::grouped;
use crate::domain::ids::CohortId;
use crate::domain::permit::Ask;
use crate::domain::scope::{Activity, Placement};
use crate::error::{COHORT_NOT_OPEN, TOO_NEAR};
use crate::rules::{NotYet, is_grouped};
use crate::store::Trial;

/// Whether the file's groups allow what is asked. `own` is safety's own view of the subject.
pub async fn allow(
    trial: &Trial<'_>,
    protocol: &Protocol,
    asked: &Ask,
    own: Option<&Placement>,
) -> Result<()> {
    if !is_grouped(protocol) {
        return Ok(());
    }
    let subject = &asked.placement.subject;
    let gathered = grouped(trial.tx, &trial.id).await?;
    let groups = gathered.of(protocol, trial.now());
    let allowed = match asked.activity {
        Activity::Randomization => groups.may_allocate(subject, &asked.placement.cohorts),
        Activity::Dosing if groups.has_begun(subject) => Ok(()),
        Activity::FirstDose | Activity::Dosing => groups.may_begin(subject, &either_view(asked, own)),
    };
    Ok(allowed.map_err(refused)?)
}

/// The cohorts in which either side believes the subject to be.
fn either_view(asked: &Ask, own: Option<&Placement>) -> BTreeSet<CohortId> {
    let own = own.into_iter().flat_map(|own| own.cohorts.iter().cloned());
    asked.placement.cohorts.iter().cloned().chain(own).collect()
}

fn refused(no: NotYet) -> Refused {
    let entry = if no.stagger { TOO_NEAR } else { COHORT_NOT_OPEN };
    let refused = entry.refuse(no.why);
    match no.earliest {
        Some(earliest) => refused.field("at", None, format!("{earliest} or later")),
        None => refused,
    }
}
