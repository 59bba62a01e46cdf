//! Moves the infusions that still wait, by the file's interval and its rule for late doses, counted from the last dose
//! given (protocols README, sentences 14 and 15). Called after a start, a corrected time and a hold's release.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};

use crate::ctx::Ctx;
use crate::domain::ids::RegimenId;
use crate::domain::prescription::Prescription;
use crate::domain::subject::Subject;
use crate::domain::treatment::{Treatment, doses};
use crate::events;
use crate::store;

/// Moves what waits of one regimen of a subject, and tells of each that moved.
pub async fn run(ctx: &Ctx, tx: &mut Tx, subject: &Subject, regimen: &RegimenId, why: &str) -> Result<()> {
    let protocol = ctx.protocols.of_subject(tx, subject).await?;
    let prescription = Prescription::of(&protocol, subject, Some(regimen))?;
    let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
    let all = store::treatments(tx, &subject.trial, &subject.id).await?;
    let values: Vec<Treatment> = all.iter().map(|one| one.value.clone()).collect();
    let given = doses(&values, regimen, None);
    let mut waiting: Vec<&Stored<Treatment>> =
        all.iter().filter(|one| one.waiting() && one.key().regimen == *regimen).collect();
    waiting.sort_by_key(|one| one.key().number);
    let windows: Vec<_> = waiting.iter().map(|one| (one.key().number, one.window())).collect();
    let moved = prescription.replan(&given, &windows, tx.by().at, &zone);
    for (one, window) in waiting.into_iter().zip(moved) {
        if window == one.window() {
            continue;
        }
        let next = one.value.clone().moved(window)?;
        let entry = events::replanned(&next, why);
        tx.record(one, next, [entry]).await?;
    }
    Ok(())
}
