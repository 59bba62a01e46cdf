//! Where a trial's escalation stands: the cohort that takes subjects, what the next one waits for, the places taken, and
//! from when on a further first dose may be given. protocols README, sentence 41.

use holdpoint_chassis::error::{Error, Result};
use holdpoint_protocol::eval::escalation::{Lacks, Level};
use jiff::Timestamp;

use super::Reader;
use crate::commands::gathering::{Unasked, grouped, readable};
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::error::NO_PROTOCOL;
use crate::rules::CohortStands;

/// Where it stands.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The level with what its cohort lacks; none in a trial without escalation.
    pub level: Option<(Level, Lacks)>,
    /// Every cohort.
    pub cohorts: Vec<CohortStands>,
    /// From when on the first dose of a further subject may be given.
    pub next_first_dose: Option<Timestamp>,
}

/// Shows it.
pub async fn get(ctx: &Ctx, reader: &Reader, trial: &TrialId) -> Result<Shown> {
    reader.of(ctx, trial).await?;
    // Read in one transaction and never written, so that what is shown belongs together.
    let tx = ctx.store.begin(&ctx.own()).await?;
    let protocol = match readable(ctx, &tx, trial, None).await? {
        Ok(protocol) => protocol,
        Err(Unasked::NotKnown) => {
            return Err(NO_PROTOCOL.refuse(format!("trial {trial} has no active protocol")).into());
        }
        Err(Unasked::Unreadable(words)) => return Err(Error::fault(anyhow::anyhow!(words))),
    };
    let gathered = grouped(&tx, trial).await?;
    tx.rollback().await?;
    let groups = gathered.of(&protocol, ctx.now());
    Ok(Shown {
        level: groups.stands(),
        cohorts: groups.cohorts(),
        next_first_dose: groups.next_first_dose(&SubjectId::from("")),
    })
}
