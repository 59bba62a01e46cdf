//! The closing table: each subject's line, each hold's line, and the counts.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::evening::short;
use super::stage::Stage;
use crate::client::lists;
use crate::demo::summary::Summary;
use crate::demo::time::{from_proto, zone};

/// Prints the table.
pub(super) async fn print(stage: &Stage, counts: &Summary) -> anyhow::Result<()> {
    subjects(stage).await?;
    holds(stage).await?;
    let say = |line: String| stage.timeline.say(line);
    let (infusions, holds) = (&counts.infusions, &counts.holds);
    let arms: Vec<String> = counts.randomized.iter().map(|(arm, n)| format!("{n} {arm}")).collect();
    say(format!("\n  randomized                {}", arms.join(", ")));
    say(format!(
        "  infusions                 {} planned, {} completed",
        infusions.planned, infusions.completed
    ));
    say(format!("  refused by a hold         {}", infusions.refused_by_hold));
    say(format!("  started under a hold      {}", infusions.started_after_effective));
    say(format!(
        "  holds                     {} placed, {} effective, {} released",
        holds.placed, holds.effective, holds.released
    ));
    say(format!("  report to effective       {} ms at most", counts.report_to_effective_ms));
    let verified = if counts.journal.verified { "verified, with peers" } else { "NOT verified" };
    say(format!("  journal                   {} rows, {verified}", counts.journal.rows));
    Ok(())
}

async fn subjects(stage: &Stage) -> anyhow::Result<()> {
    let mut doses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for infusion in lists::infusions(&stage.people.auditor, &stage.trial).await.context("list infusions")? {
        let day = from_proto(infusion.started_at.as_ref().or(infusion.due.as_ref()));
        let day = day.map_or_else(String::new, |at| at.to_zoned(zone()).strftime("%-d %b").to_string());
        let mark = if infusion.state == "completed" { "given" } else { "due" };
        doses.entry(infusion.subject).or_default().push(format!("{mark} {day}"));
    }
    stage.timeline.say("\n  subject  arm      infusions");
    for subject in lists::subjects(&stage.people.auditor, &stage.trial).await.context("list subjects")? {
        let given = doses.get(&subject.subject).map_or_else(String::new, |doses| doses.join(", "));
        stage.timeline.say(format!("  {:<8} {:<8} {given}", subject.subject, subject.arm));
    }
    Ok(())
}

async fn holds(stage: &Stage) -> anyhow::Result<()> {
    stage.timeline.say("\n  hold      effective          released           why");
    for hold in lists::holds(&stage.people.auditor, &stage.trial).await.context("list holds")? {
        let when = |at: Option<&prost_types::Timestamp>| {
            from_proto(at)
                .map_or("-".to_owned(), |at| at.to_zoned(zone()).strftime("%a %-d %b %H:%M").to_string())
        };
        let (effective, released) = (when(hold.effective_at.as_ref()), when(hold.released_at.as_ref()));
        stage.timeline.say(format!(
            "  {:<9} {effective:<18} {released:<18} {}",
            short(&hold.hold),
            hold.reason
        ));
    }
    Ok(())
}
