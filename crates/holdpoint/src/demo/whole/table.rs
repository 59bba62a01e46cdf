//! The closing table: response by arm with its interval, and every count, as the services answered it.

use std::collections::BTreeSet;

use holdpoint_clinical::statistics::{Proportion, newcombe, wilson};

use crate::demo::summary::{Summary, Whole};
use crate::demo::timeline::Timeline;

/// The category of those of whom nothing can be said.
const NOT_ASSESSABLE: &str = "not-assessable";

/// Prints the table. `otherwise` are the file's categories of those who reached no other.
pub(crate) fn print(timeline: &Timeline, counts: &Summary, otherwise: &BTreeSet<String>) {
    let Some(whole) = &counts.whole else { return };
    let say = |line: String| timeline.say(line);
    responses(timeline, whole, otherwise);
    let arms: Vec<String> = counts.randomized.iter().map(|(arm, n)| format!("{n} {arm}")).collect();
    say(format!("\n  screened                  {}", whole.screened));
    say(format!("  randomized                {}", arms.join(", ")));
    let (infusions, holds) = (&counts.infusions, &counts.holds);
    say(format!(
        "  infusions                 {} planned, {} completed",
        infusions.planned, infusions.completed
    ));
    say(format!("  refused by a hold         {}", infusions.refused_by_hold));
    say(format!("  started under a hold      {}", infusions.started_after_effective));
    let placed = (holds.placed, holds.effective, holds.released);
    say(format!(
        "  holds                     {} placed, {} effective, {} released",
        placed.0, placed.1, placed.2
    ));
    say(format!("  report to effective       {} ms at most", counts.report_to_effective_ms));
    let results = &whole.results;
    say(format!(
        "  results                   {} accepted, {} duplicates, {} corrected, {} quarantined",
        results.accepted, results.duplicates, results.corrected, results.quarantined
    ));
    let visits = &whole.visits;
    say(format!(
        "  visits                    {} due, {} done, {} missed",
        visits.due, visits.done, visits.missed
    ));
    let verified = if counts.journal.verified { "verified, with peers" } else { "NOT verified" };
    say(format!("  journal                   {} rows, {verified}", counts.journal.rows));
}

fn responses(timeline: &Timeline, whole: &Whole, otherwise: &BTreeSet<String>) {
    if whole.responses.is_empty() {
        return;
    }
    timeline.say("\n  response by arm");
    let mut shares = Vec::new();
    for (arm, categories) in &whole.responses {
        let told: Vec<String> = categories.iter().map(|(category, n)| format!("{category} {n}")).collect();
        let all: u64 = categories.iter().filter(|(id, _)| *id != NOT_ASSESSABLE).map(|(_, n)| n).sum();
        let rest: u64 = categories.iter().filter(|(id, _)| otherwise.contains(*id)).map(|(_, n)| n).sum();
        let proportion = u32::try_from(all - rest).ok().zip(u32::try_from(all).ok());
        let Some(proportion) = proportion.and_then(|(count, of)| Proportion::new(count, of)) else {
            continue;
        };
        let interval = wilson(proportion);
        timeline.say(format!("  {arm:<12} {:<22} {proportion}; 95 % interval {interval}", told.join(", ")));
        shares.push((arm.clone(), proportion));
    }
    if let [(first, a), (second, b)] = shares.as_slice() {
        let found = newcombe(*b, *a);
        let points = 100.0 * found.estimate;
        timeline
            .say(format!("  {second} less {first}: {points:.1} points; 95 % interval {}", found.interval));
    }
}
