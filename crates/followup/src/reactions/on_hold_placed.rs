//! A hold was placed: treatment visits of those it covers stand still, safety visits never do. Followup's suspension check
//! says which stand still and how many go on (architecture, "Life of a serious adverse event", step 5).

use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_copies::holds;
use holdpoint_copies::sites::{Site, zone_among};
use holdpoint_journal::{Questions, ReactError, Tx};

use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::hold::Hold;
use crate::domain::infusion::visits;
use crate::domain::subject::Subject;
use crate::events::{self, Checked};
use crate::queries::frozen;
use crate::store::within;

pub(super) async fn react(_: &Ctx, tx: &mut Tx, event: HoldPlaced) -> Result<(), ReactError> {
    let hold = holds::placed(event.clone())?;
    let of_trial = [("trial", hold.trial.as_str())];
    let asked = Questions::new().get::<Hold>(hold.id.as_str()).find::<Subject>(&of_trial)?;
    tx.ask(asked.find::<Site>(&of_trial)?.sums::<Course>("waiting", "subject", &of_trial)?).await?;
    if tx.get::<Hold>(hold.id.as_str()).await?.is_some() {
        return Ok(());
    }
    let check = check(tx, &hold).await?;
    tx.record_new(&hold, [events::hold_checked(check, &event)]).await?;
    Ok(())
}

async fn check(tx: &mut Tx, hold: &Hold) -> Result<Checked, ReactError> {
    let of_trial = [("trial", hold.trial.as_str())];
    let (mut stand_still, mut go_on) = (vec![], 0);
    let sites = tx.find::<Site>(&of_trial).await?;
    // The visits themselves are large, and how many wait is known without them.
    let waiting = tx.sums::<Course>("waiting", "subject", &of_trial).await?;
    for subject in tx.find::<Subject>(&of_trial).await? {
        if !hold.scope.covers(&subject.placement()) {
            continue;
        }
        let all = visits(&subject, &zone_among(&sites, subject.site.as_deref()));
        let held = frozen(&subject, &all, std::slice::from_ref(hold));
        // A visit's own name carries the regimen, which would tell the arm to whoever reads the check.
        let still = all.iter().filter(|one| held.contains(&one.id));
        stand_still.extend(still.map(|one| format!("{} infusion {}", subject.id, one.infusion.number)));
        go_on += waiting.get(&within(&subject.trial, subject.id.as_str())).copied().unwrap_or_default();
    }
    Ok(Checked {
        trial: hold.trial.clone(),
        hold: hold.id.to_string(),
        at: tx.by().at,
        frozen: stand_still,
        safety_visits: usize::try_from(go_on).unwrap_or_default(),
    })
}
