//! What can be asked of followup, one file each. Queries see what is stored, judged on the day of the question; they
//! decide and write nothing.

pub mod count_visits;
pub mod get_schedule;
pub mod list_activities;
pub mod list_due;

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::Tx;

use crate::commands::Around;
use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::hold::{Activity, Hold, standing};
use crate::domain::ids::TrialId;
use crate::domain::infusion::{TreatmentVisit, visits};
use crate::domain::plan::Firmness;
use crate::domain::subject::Subject;
use crate::domain::visit::{Standing, Visit, Window};

/// A visit as it is shown, with its name and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// The phase.
    pub phase: String,
    /// The activity.
    pub activity: String,
    /// How firmly the file asks.
    pub firmness: Firmness,
    /// It stands still under a hold.
    pub frozen: bool,
    /// An earlier plan asked for it, and the plan asks for it no more.
    pub beyond: bool,
    /// The first and the last day on which it counts.
    pub days: (jiff::civil::Date, Option<jiff::civil::Date>),
    /// The visit.
    pub visit: Visit,
}

/// The subjects of a trial, by the ids under which they are stored, with what their visits are judged by. One whose file
/// is not known here is left out.
pub(crate) async fn subjects(ctx: &Ctx, tx: &Tx, trial: &TrialId) -> Result<BTreeMap<String, Around>> {
    let all = tx.find::<Subject>(&[("trial", trial.as_str())]).await?;
    Around::of_all(ctx, tx, all.into_iter().map(|subject| subject.value).collect()).await
}

/// The visits of a course as they stand on the day of the question.
pub(crate) fn judged(course: Course, around: &Around) -> Vec<Shown> {
    judged_where(course, around, |_| true)
}

/// Those of them that are asked for.
pub(crate) fn judged_where(
    mut course: Course,
    around: &Around,
    is_asked: impl Fn(&Visit) -> bool,
) -> Vec<Shown> {
    drop(course.judge(&around.judge(), &around.hand));
    let (activity, is_asked) = (course.activity, &is_asked);
    let shown = course.series.into_iter().flat_map(|mut series| {
        let visits = std::mem::take(&mut series.visits);
        let activity = activity.clone();
        visits.into_iter().filter(is_asked).map(move |visit| Shown {
            name: series.name(&activity, visit.number),
            phase: series.phase.to_string(),
            activity: activity.to_string(),
            firmness: series.duty,
            frozen: false,
            beyond: false,
            days: visit.open().days(&around.zone),
            visit,
        })
    });
    shown.collect()
}

/// What treatment visits are called to whom the trial keeps from knowing the arm: the regimen would tell it.
const SEALED: &str = "treatment";

/// The treatment visits of a subject as a role may see them, each with whether a hold keeps it still.
pub(crate) fn treatment(around: &Around, holds: &[Hold], role: Role) -> Vec<Shown> {
    let all = visits(&around.subject, &around.zone);
    let frozen = frozen(&around.subject, &all, holds);
    let sealed = around.file.allocation.is_blind(role.as_str());
    let shown = all.into_iter().map(|one| shown_infusion(one, around, &frozen));
    shown.map(|shown| if sealed { seal(shown) } else { shown }).collect()
}

fn seal(shown: Shown) -> Shown {
    let name = format!("{SEALED}/{}/{}", shown.activity, shown.visit.number);
    Shown { name, phase: SEALED.to_owned(), ..shown }
}

fn shown_infusion(one: TreatmentVisit, around: &Around, frozen: &[String]) -> Shown {
    let day = |at| crate::domain::infusion::day(at, &around.zone);
    let (due, from) = (day(one.infusion.due), day(one.infusion.earliest));
    let to = one.infusion.latest.map(day);
    let window = Window::Days { from, to };
    let visit = Visit { standing: one.standing, ..Visit::planned(one.infusion.number, Some(due), window) };
    Shown {
        frozen: frozen.contains(&one.id),
        beyond: false,
        name: one.id,
        phase: one.infusion.regimen,
        activity: crate::domain::infusion::ACTIVITY.to_owned(),
        firmness: Firmness::Due,
        days: (from, to),
        visit,
    }
}

/// Names of the treatment visits that wait and that a standing hold keeps still: the first dose by what stops first
/// doses, each by what stops doses. A safety visit never stands still.
pub(crate) fn frozen(subject: &Subject, all: &[TreatmentVisit], holds: &[Hold]) -> Vec<String> {
    let given = all.iter().any(|one| matches!(one.standing, Standing::Done { .. }));
    let placement = subject.placement();
    let waiting = all.iter().filter(|one| one.standing == Standing::Scheduled);
    let held = waiting.enumerate().filter(|(place, _)| {
        let activity = if *place == 0 && !given { Activity::FirstDose } else { Activity::Dosing };
        !standing(holds, activity, &placement).is_empty()
    });
    held.map(|(_, one)| one.id.clone()).collect()
}
