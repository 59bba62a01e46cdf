//! How many holds stand in each trial, for whoever watches figures.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::metrics::METRICS;
use holdpoint_journal::Stored;

use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::store::{ProtocolRow, YES};

/// Counts them. Answers how many there are.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let known: Vec<Stored<ProtocolRow>> = ctx.store.find(&[]).await?;
    let standing: Vec<Stored<Hold>> = ctx.store.find(&[("stands", YES)]).await?;
    let mut counts: BTreeMap<&str, usize> = known.iter().map(|row| (row.trial.as_str(), 0)).collect();
    for hold in &standing {
        *counts.entry(hold.trial.as_str()).or_default() += 1;
    }
    for (trial, count) in counts {
        METRICS.holds(trial, count);
    }
    Ok(standing.len())
}
