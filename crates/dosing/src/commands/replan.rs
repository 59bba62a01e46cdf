//! Moves the infusions that still wait, by the file's interval and its rule for late doses, counted from the last dose
//! given (protocols README, sentences 14 and 15). Called after a start, a corrected time and a hold's release.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{RACE, Stored, Tx};
use serde_json::json;

use crate::ctx::Ctx;
use crate::domain::plan::CourseKey;
use crate::domain::prescription::{Asking, Prescription};
use crate::domain::subject::Subject;
use crate::domain::treatment::{Stage, Treatment, doses};
use crate::events;
use crate::store;

/// Moves what waits, as a consequence of something that happened and must be on record whatever the plan says of it:
/// cells flowed, a hold was released. A plan that can not be made is journaled in words, and its infusions keep their
/// days; a lost race is handed on, because all of it is tried again then.
pub async fn or_say_why(
    ctx: &Ctx,
    tx: &mut Tx,
    subject: &Subject,
    course: &CourseKey,
    why: &str,
) -> Result<()> {
    let Err(cause) = run(ctx, tx, subject, course, why).await else { return Ok(()) };
    if cause.code() == Some(RACE.code) {
        return Err(cause);
    }
    tracing::error!(%cause, subject = subject.id.as_str(), "infusions that wait could not be planned again");
    let said = json!({
        "subject": subject.id.as_str(),
        "regimen": course.regimen.as_str(),
        "after": why,
        "code": cause.code(),
        "cause": cause.refused().map(|refused| refused.message.clone()),
    });
    tx.append(events::audit(&subject.trial, "holdpoint.dosing.v1.NotReplanned", said));
    Ok(())
}

/// Moves what waits of one course of a subject, and tells of each that moved. What the plan has no day for stays as it
/// was, and the safety board decides; where the file leaves a missed dose out, it is taken off the plan. Refused before
/// anything is written.
async fn run(ctx: &Ctx, tx: &mut Tx, subject: &Subject, course: &CourseKey, why: &str) -> Result<()> {
    let protocol = ctx.protocols.of_subject(tx, subject).await?;
    let prescription = Prescription::of(&protocol, subject, Some(&course.regimen))?;
    let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
    let all = store::treatments(tx, &subject.trial, &subject.id).await?;
    let values: Vec<Treatment> = all.iter().map(|one| one.value.clone()).collect();
    let given = doses(&values, course, None);
    let mut waiting: Vec<&Stored<Treatment>> =
        all.iter().filter(|one| one.waiting() && one.key().course() == *course).collect();
    waiting.sort_by_key(|one| one.key().number);
    let agreed = waiting.first().map(|one| one.window().due);
    let asking = Asking { subject, given: &given, at: tx.by().at, zone: &zone };
    let moved = prescription.replan(&asking, agreed)?;
    for (one, window) in waiting.iter().zip(&moved) {
        if *window == one.window() {
            continue;
        }
        let next = one.value.clone().moved(*window)?;
        let entry = events::replanned(&next, why);
        tx.record(one, next, [entry]).await?;
    }
    if prescription.skips_missed() {
        for missed in waiting.into_iter().skip(moved.len()) {
            take_off_plan(tx, missed, "missed in its window: the file leaves it out").await?;
        }
    }
    Ok(())
}

/// Planned or Authorized -> Canceled; the cells of an order go back into the lot.
pub(crate) async fn take_off_plan(tx: &mut Tx, treatment: &Stored<Treatment>, why: &str) -> Result<()> {
    if let Stage::Actual(infusion) = &treatment.stage {
        let lot = store::lot(tx, infusion.order.lot.as_str()).await?;
        let back = lot.value.clone().put_back(&infusion.key.id);
        tx.record(&lot, back, []).await?;
    }
    let canceled = treatment.value.clone().cancel(why, tx.by().at)?;
    let entry = events::canceled(treatment.key(), why);
    tx.record(treatment, canceled, [entry]).await.map(drop)
}
