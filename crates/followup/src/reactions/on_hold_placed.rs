//! A hold was placed: treatment visits of those it covers stand still, safety visits never do. Followup's suspension check
//! says which stand still and how many go on (architecture, "Life of a serious adverse event", step 5).

use std::collections::BTreeSet;

use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_copies::holds;
use holdpoint_journal::{ReactError, Tx};

use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::hold::Hold;
use crate::domain::ids::SubjectId;
use crate::domain::infusion::visits;
use crate::domain::subject::Subject;
use crate::domain::visit::Standing;
use crate::events::{self, Checked};
use crate::queries::frozen;
use crate::store;

pub(super) async fn react(_: &Ctx, tx: &mut Tx, event: HoldPlaced) -> Result<(), ReactError> {
    let hold = holds::placed(event.clone())?;
    if tx.get::<Hold>(hold.id.as_str()).await?.is_some() {
        return Ok(());
    }
    let check = check(tx, &hold).await?;
    tx.record_new(&hold, [events::hold_checked(check, &event)]).await?;
    Ok(())
}

async fn check(tx: &Tx, hold: &Hold) -> Result<Checked, ReactError> {
    let mut stand_still = vec![];
    let mut covered: BTreeSet<SubjectId> = BTreeSet::new();
    for subject in tx.find::<Subject>(&[("trial", hold.trial.as_str())]).await? {
        if !hold.scope.covers(&subject.placement()) {
            continue;
        }
        let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
        let all = visits(&subject, &zone);
        let held = frozen(&subject, &all, std::slice::from_ref(hold));
        // A visit's own name carries the regimen, which would tell the arm to whoever reads the check.
        let still = all.iter().filter(|one| held.contains(&one.id));
        stand_still.extend(still.map(|one| format!("{} infusion {}", subject.id, one.infusion.number)));
        covered.insert(subject.value.id);
    }
    let courses = tx.find::<Course>(&[("trial", hold.trial.as_str())]).await?;
    let go_on =
        courses.iter().filter(|course| covered.contains(&course.subject)).map(|course| waiting(course));
    Ok(Checked {
        trial: hold.trial.clone(),
        hold: hold.id.to_string(),
        at: tx.by().at,
        frozen: stand_still,
        safety_visits: go_on.sum(),
    })
}

fn waiting(course: &Course) -> usize {
    let visits = course.series.iter().flat_map(|series| &series.visits);
    visits.filter(|visit| visit.standing == Standing::Scheduled).count()
}
