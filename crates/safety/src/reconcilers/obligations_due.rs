//! Tells people of a report that is nearly due, and of one that is overdue, once each (protocols README, sentence 6;
//! reliability.md F37). Civil time: the deadline is the calendar's.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tally};

use crate::commands::alerting::{Tell, raise};
use crate::ctx::Ctx;
use crate::domain::obligation::{Obligation, Reminder};
use crate::store::{Trial, YES};

/// Looks at every open obligation, the earliest deadline first.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let mut open: Vec<Stored<Obligation>> = ctx.store.find(&[("open", YES)]).await?;
    open.sort_by_key(|obligation| obligation.due);
    let mut reminded = Tally::default();
    for obligation in open {
        if obligation.reminder(ctx.now()).is_some() {
            reminded.add(remind(ctx, &obligation).await.map(|()| true));
        }
    }
    reminded.told()
}

async fn remind(ctx: &Ctx, obligation: &Obligation) -> Result<()> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut trial = Trial::lock(&mut tx, &obligation.trial).await?;
    let Some(stored) = trial.tx.get::<Obligation>(obligation.id.as_str()).await? else { return Ok(()) };
    let Some(reminder) = stored.reminder(trial.now()) else { return Ok(()) };
    let (kind, words) = match reminder {
        Reminder::NearlyDue => ("obligation-nearly-due", "is nearly due"),
        Reminder::Overdue => ("obligation-overdue", "is overdue"),
    };
    let to = stored.to.join(", ");
    let text = format!("report {} to {to} {words}: {}", stored.report, stored.due);
    let event = stored.adverse_event.clone();
    trial.tx.update(&stored, stored.value.clone().reminded(reminder)).await?;
    raise(ctx, &mut trial, Tell::critical(kind, text).adverse_event(Some(&event))).await?;
    tx.commit().await.map(drop)
}
