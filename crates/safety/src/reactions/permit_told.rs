//! Takes in what a peer's journal says of a permit: its state, the subject's doses, and the holds that waited for it,
//! all in one transaction. A permit that safety does not know was forgotten by it: it is adopted, put on the lists, and
//! the trial is held. holds.md step 6 and "A service that went back in time".

use holdpoint_journal::{Event, ReactError, Stored, Tx};

use super::Reacted;
use crate::commands::{asking, going_back, placing, settling};
use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, PermitId, SubjectId, TrialId};
use crate::domain::permit::{Ask, Issue, Permit};
use crate::domain::permit_fact::PermitFact;
use crate::domain::scope::{Activity, Placement};
use crate::domain::suspension::Heard;
use crate::events;
use crate::store::Trial;

/// Which permit a fact is about.
pub(super) struct Told {
    pub trial: TrialId,
    pub permit: PermitId,
    pub subject: SubjectId,
    /// Absent for an allocation.
    pub infusion: Option<InfusionId>,
    /// 0 where the event does not say.
    pub number: u32,
}

/// Takes the fact in.
pub(super) async fn hear(ctx: &Ctx, tx: &mut Tx, event: &Event, told: Told, fact: PermitFact) -> Reacted {
    let mut trial = Trial::lock(tx, &told.trial).await?;
    let known = match trial.tx.get::<Permit>(told.permit.as_str()).await? {
        Some(known) => known,
        None => adopt(ctx, &mut trial, event, &told).await?,
    };
    same_thing(&known, &told)?;
    let after = known.value.clone().hear(&fact);
    let after = after.map_err(|why| ReactError::Park(format!("permit {}: {why}", told.permit)))?;
    let heard = Heard { at: event.at, before_row: trial.next_number() };
    let after = if fact == PermitFact::Heard { after.note_heard(heard) } else { after };
    if after == known.value {
        return Ok(());
    }
    let dose_changed = after.asked.activity != Activity::Randomization;
    trial.tx.update(&known, after).await?;
    settling::settle(ctx, &mut trial).await?;
    if dose_changed {
        // The rules read the doses: late, void, corrected, each asks them again (protocols README, sentence 9).
        asking::subject_again(ctx, &mut trial, &told.subject).await?;
    }
    Ok(())
}

fn same_thing(permit: &Permit, told: &Told) -> Reacted {
    let asked = &permit.asked;
    if asked.trial == told.trial && asked.placement.subject == told.subject && asked.infusion == told.infusion
    {
        return Ok(());
    }
    let words = format!("permit {} was given for something else than this row says", told.permit);
    Err(ReactError::Park(words))
}

async fn adopt(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    event: &Event,
    told: &Told,
) -> Result<Stored<Permit>, ReactError> {
    let own = trial.subject(&told.subject).await?.map(|subject| subject.placement());
    let placement = own.clone().unwrap_or_else(|| Placement::unknown(told.subject.clone()));
    let of = (told.infusion.clone(), told.number);
    let asked = Ask::forgotten(told.trial.clone(), &told.permit, placement, of);
    let epoch = trial.epoch().await?;
    let issue = Issue { id: told.permit.clone(), terms: ctx.terms.longest(), at: event.at, epoch };
    let permit = Permit::adopt(asked, issue);
    trial.tell(events::permit_issued(&permit));
    let stored = trial.tx.insert(&permit).await?;
    for hold in trial.holds().await? {
        let mut value = hold.value.clone();
        if value.list(&permit, own.as_ref()) {
            trial.tx.update(&hold, value).await?;
        }
    }
    if !settling::is_restored(&trial.holds().await?) {
        placing::place(ctx, trial, going_back::reconciliation(&Ctx::me())).await?;
    }
    Ok(stored)
}
