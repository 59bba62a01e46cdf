//! A hold was placed. Laboratory work never stops; labs' suspension check lists the last results of whom the hold covers,
//! so that who decides on it sees them (architecture, "Life of a serious adverse event", step 5).

use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_copies::hold::{Placement, Scope};
use holdpoint_copies::holds;
use holdpoint_journal::{Questions, ReactError, Stored, Tx};

use crate::ctx::Ctx;
use crate::domain::course::{Course, Point};
use crate::domain::subject::Subject;
use crate::events;
use crate::store::{CheckedHold, of};

/// Lines that a check lists; what is beyond is counted. Enough for a trial's subjects with four facts each.
const MOST_LINES: usize = 1_000;
/// Subjects whose counts are read at once.
const AT_ONCE: usize = 100;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, placed: HoldPlaced) -> Result<(), ReactError> {
    let of_trial = [("trial", placed.trial.as_str())];
    tx.ask(Questions::new().get::<CheckedHold>(&placed.hold).find::<Subject>(&of_trial)?).await?;
    if tx.get::<CheckedHold>(&placed.hold).await?.is_some() {
        return Ok(());
    }
    let scope = holds::scope(placed.scope.clone()).ok();
    let subjects: Vec<Stored<Subject>> = tx.find(&of_trial).await?;
    let covered: Vec<&Subject> = subjects
        .iter()
        .map(|subject| &subject.value)
        .filter(|subject| covers(scope.as_ref(), subject))
        .collect();
    let ids: Vec<String> = covered.iter().map(|subject| of(&subject.whose)).collect();
    let (mut lines, mut left_out) = (vec![], 0);
    for ids in ids.chunks(AT_ONCE) {
        for course in tx.get_all::<Course>(ids).await?.into_values() {
            for (fact, point) in course.last() {
                if lines.len() < MOST_LINES {
                    lines.push(line(&course, fact, point));
                } else {
                    left_out += 1;
                }
            }
        }
    }
    let summary = format!("{} subjects covered, {} last results", covered.len(), lines.len() + left_out);
    let entry = events::hold_checked(&placed, ctx.now(), lines, summary);
    tx.record_new(&CheckedHold { trial: placed.trial.into(), hold: placed.hold }, [entry]).await?;
    Ok(())
}

/// "P-017 platelets 12 2024-05-03": words of a laboratory are not told.
fn line(course: &Course, fact: &str, point: &Point) -> String {
    let value = point.measured.as_ref().map(|measured| measured.value.normalize().to_string());
    let value = value.unwrap_or_else(|| "no number".to_owned());
    let day = point.taken_at.strftime("%F");
    format!("{} {fact} {value} {day}", course.whose.subject)
}

/// Whether a hold covers a subject; what is not known counts as covered (holds.md, step 2), and so does a scope that is not
/// known to this version.
fn covers(scope: Option<&Scope>, subject: &Subject) -> bool {
    let allocation = subject.allocation.as_ref();
    let placement = Placement {
        subject: subject.whose.subject.clone(),
        site: subject.site.clone(),
        arm: allocation.map(|one| one.arm.clone()),
        cohort: allocation.and_then(|one| one.cohort.clone()),
    };
    scope.is_none_or(|scope| scope.covers(&placement))
}
