//! Asks for the allocation of one eligible subject: the moment a hold must be able to stop. holds.md steps 1 to 4 and
//! "A randomisation". The answer is given by the handler that made the claim, in the permit's life, and never kept.

use holdpoint_chassis::clock::Mark;
use holdpoint_chassis::error::{Error, OrFault as _, Result};
use holdpoint_journal::{Stored, Tx};
use serde_json::json;

use super::{flags, settle_permit};
use crate::call::{self, Call, chain};
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::allocation::{Attempt, Before, Shown, may_be_shown};
use crate::domain::flag::About;
use crate::domain::ids::{ArmId, CohortId, PermitId, SubjectId, TrialId};
use crate::domain::place::{Line, Slot};
use crate::domain::places::{Places, Possible};
use crate::domain::subject::{Asked, Subject};
use crate::domain::trial::Trial;
use crate::eligibility::{self, Judgement, Named, Step};
use crate::error::LIFE_OVER;
use crate::events;
use crate::gate::{self, Ask, No, Permit, SAFETY};
use crate::store::{Basis, PersonRow, subject_key};

/// Whose allocation.
#[derive(Clone)]
pub struct Randomize {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// 1, then higher for each further try.
    pub attempt: Attempt,
    /// The earlier answer was not heard or not acted on, in the person's words.
    pub earlier_not_heard: Option<String>,
    /// The arm that the investigator chose, where the file lets one choose.
    pub arm: Option<ArmId>,
    /// The cohort that takes somebody again who was allocated before.
    pub again: Option<CohortId>,
}

impl Randomize {
    /// What the person states of the earlier answer, where something was stated.
    pub(super) fn statement(&self) -> Option<&str> {
        self.earlier_not_heard.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// What is shown.
#[derive(Clone, Debug)]
pub struct Allocated {
    /// The permit it is shown under.
    pub permit: PermitId,
    /// The arm; none where the trial keeps the caller's role from knowing it.
    pub arm: Option<ArmId>,
    /// The cohort, where the trial has cohorts.
    pub cohort: Option<CohortId>,
    /// How long it is valid, from the caller's own ask; 0 for a record.
    pub life_ms: u64,
    /// The attempt answered.
    pub attempt: Attempt,
    /// Shown and acknowledged before: the record of it, no permit to act.
    pub record_only: bool,
}

/// Asks. Every way out without an answer gives the permit back; the place on the list, once drawn, stays.
pub async fn run(ctx: &Ctx, call: &Call, cmd: Randomize) -> Result<Allocated> {
    let in_line = ctx.allocations.acquire().await.or_fault("waiting in the line of allocations")?;
    let done = allocate(ctx, call, &cmd).await;
    drop(in_line);
    let what = json!({ "act": "randomize", "subject": cmd.subject, "attempt": cmd.attempt });
    call.at_gate(ctx, &cmd.trial, what, done).await
}

async fn allocate(ctx: &Ctx, call: &Call, cmd: &Randomize) -> Result<Allocated> {
    let (before, ask) = match judge(ctx, call, cmd).await? {
        Judged::Record(record) => return Ok(record),
        Judged::MayAsk(before, ask) => (before, ask),
    };
    if let Before::Void(permit) = before {
        settle_permit::void(ctx, call, cmd, &permit, "not heard", cmd.statement()).await?;
    }
    let (permit, asked) = obtain(ctx, call, cmd, *ask).await?;
    match claim(ctx, call, cmd, &permit).await {
        Ok(claimed) => show_while_alive(ctx, call, cmd, &permit, &asked, claimed).await,
        Err(error) => {
            settle_permit::give_back(ctx, call, cmd, &permit.id).await;
            Err(error)
        }
    }
}

/// Asks safety. Where safety says that an earlier permit is not void and it was never claimed here, the void is
/// written first and safety is asked once more: a fresh ask, with the head that holds the void. The mark is taken
/// before anything of the ask happens: the permit's life is counted from there.
async fn obtain(ctx: &Ctx, call: &Call, cmd: &Randomize, ask: Ask) -> Result<(Permit, Mark)> {
    let asked = ctx.machine.mark();
    match ctx.gate.permit(ask.clone()).await {
        Ok(permit) => Ok((permit, asked)),
        Err(No::EarlierNotVoid(earlier))
            if settle_permit::void_unclaimed(ctx, call, cmd, &earlier).await? =>
        {
            let asked = ctx.machine.mark();
            let again = Ask { ask: ctx.ids.next().to_string(), ..ask };
            Ok((ctx.gate.permit(again).await?, asked))
        }
        Err(no) => Err(no.into()),
    }
}

enum Judged {
    Record(Allocated),
    MayAsk(Before, Box<Ask>),
}

/// Judges subject, eligibility and places with the newest facts. Nothing is written.
async fn judge(ctx: &Ctx, call: &Call, cmd: &Randomize) -> Result<Judged> {
    let (tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    let role = call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    let before = match subject.ask(cmd.attempt, cmd.earlier_not_heard.as_deref(), cmd.again.as_ref())? {
        Asked::Record(shown) => {
            let protocol = ctx.protocol_of(&tx, &trial, subject.version()).await?;
            return Ok(Judged::Record(record(shown, protocol.allocation.is_blind(role.as_str()))));
        }
        Asked::MayAsk(before) => before,
    };
    ctx.journals_are_whole(&tx, &cmd.trial).await?;
    let (places, _) = eligible(ctx, &tx, call, &trial, &subject).await?;
    let possible = match subject.sealed_slot() {
        Some(slot) => place_stands(cmd, slot, &places)?,
        None => {
            let named = Named { arm: cmd.arm.as_ref(), again: cmd.again.as_ref(), role };
            let of = (&trial.value, &subject.value);
            let wish = eligibility::wish(ctx, &tx, of, &places, named, call.by.at).await?;
            let taking = places.value.clone().take(&cmd.subject, &wish, call.by.at)?;
            taking.places.could_lead_to(&taking.slot)
        }
    };
    drop(tx);
    sure(ctx, &cmd.trial).await?;
    Ok(Judged::MayAsk(before, Box::new(ask(ctx, cmd, &subject, possible))))
}

/// A place that was taken stays: a further attempt neither chooses another arm nor asks for another cohort.
fn place_stands(cmd: &Randomize, slot: &Slot, places: &Places) -> Result<Possible> {
    let other_arm = cmd.arm.as_ref().is_some_and(|arm| slot.line != Line::Arm(arm.clone()));
    let other_cohort = cmd.again.as_ref().is_some_and(|cohort| slot.line != Line::Cohort(cohort.clone()));
    if other_arm || other_cohort {
        return Err(Refusal::ChosenBefore.into());
    }
    Ok(places.could_lead_to(slot))
}

fn ask(ctx: &Ctx, cmd: &Randomize, subject: &Subject, possible: Possible) -> Ask {
    Ask {
        ask: ctx.ids.next().to_string(),
        trial: cmd.trial.clone(),
        subject: cmd.subject.clone(),
        site: subject.site.clone(),
        number: u32::try_from(subject.allocations().count()).unwrap_or(u32::MAX),
        possible_arms: possible.arms,
        possible_cohorts: possible.cohorts,
        attempt: cmd.attempt,
    }
}

/// The places, and the judgement that the subject is eligible at this moment: an earlier one carries over to nothing.
async fn eligible(
    ctx: &Ctx,
    tx: &Tx,
    call: &Call,
    trial: &Trial,
    subject: &Subject,
) -> Result<(Stored<Places>, Judgement)> {
    if let Some(due) = trial.consent_due(subject.version())? {
        let (version, consented) = (due.version.clone(), subject.version().to_owned());
        return Err(Refusal::ConsentDue { version, consented }.into());
    }
    let judgement = eligibility::judge(ctx, tx, trial, subject, Step::Randomization, call.by.at).await?;
    judgement.required()?;
    let places = tx.get::<Places>(trial.id.as_str()).await?;
    let places = places.ok_or_else(|| Error::fault(anyhow::anyhow!("trial {} has no places", trial.id)))?;
    Ok((places, judgement))
}

/// Refuses while a row of safety that allocations depend on is parked.
async fn sure(ctx: &Ctx, trial: &TrialId) -> Result<()> {
    match ctx.store.parked(SAFETY, &chain(trial)).await? {
        Some(parked) if parked.critical => {
            Err(gate::unsure("a row of safety's journal could not be applied"))
        }
        _ => Ok(()),
    }
}

/// A place with the permit claimed for it, as the caller may see it.
struct Claimed {
    arm: Option<ArmId>,
    cohort: Option<CohortId>,
}

/// Draws the subject's place, if it has none, and claims the permit for it, in one commit with the judgement it rests
/// on. The chain is locked first: places are drawn one after the other, each once.
async fn claim(ctx: &Ctx, call: &Call, cmd: &Randomize, permit: &Permit) -> Result<Claimed> {
    if let Some(lost) = ctx.gate.lost(&cmd.trial, permit).await? {
        ctx.rollbacks().own(&chain(&cmd.trial), SAFETY, lost).await?;
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    ctx.journals_are_whole(&tx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    let role = call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    settle_permit::claimed(&mut tx, cmd, &permit.id, cmd.attempt).await?;
    let (places, judgement) = eligible(ctx, &tx, call, &trial, &subject).await?;
    let (places, slot) = match subject.sealed_slot() {
        Some(slot) => (places.value.clone(), slot.clone()),
        None => {
            let named = Named { arm: cmd.arm.as_ref(), again: cmd.again.as_ref(), role };
            draw(ctx, &mut tx, call, (&trial, &subject), places, named).await?
        }
    };
    let shown = places.shows(&slot);
    let (arm, cohort) =
        shown.ok_or_else(|| Error::fault(anyhow::anyhow!("a place that was drawn is not there")))?;
    tx.insert(&basis(&trial, &subject, permit, judgement, call)?).await?;
    let changed = subject.value.clone().claim(slot, permit.id.clone(), cmd.attempt, call.by.at)?;
    let entry = events::allocation_starting(&changed, &permit.id, cmd.attempt, call.by.at);
    tx.record(&subject, changed, [entry]).await?;
    let protocol = ctx.protocol_of(&tx, &trial, subject.version()).await?;
    tx.commit().await?;
    let arm = (!protocol.allocation.is_blind(role.as_str())).then_some(arm);
    Ok(Claimed { arm, cohort })
}

/// What the allocation rests on, for ever: the version asked, its criteria, the consent in force.
fn basis(
    trial: &Trial,
    subject: &Subject,
    permit: &Permit,
    judgement: Judgement,
    call: &Call,
) -> Result<Basis> {
    let version = trial.version(subject.version())?;
    let consents = subject.consents();
    let consent = consents.ok_or_else(|| Error::fault(anyhow::anyhow!("an allocation without a consent")))?;
    Ok(Basis {
        permit: permit.id.clone(),
        trial: subject.trial.clone(),
        subject: subject.id.clone(),
        version: version.version.clone(),
        digest: version.digest.clone(),
        at: call.by.at,
        consent_date: consent.newest().date,
        criteria: judgement.criteria,
    })
}

async fn draw(
    ctx: &Ctx,
    tx: &mut Tx,
    call: &Call,
    (trial, subject): (&Trial, &Subject),
    places: Stored<Places>,
    named: Named<'_>,
) -> Result<(Places, Slot)> {
    let wish = eligibility::wish(ctx, tx, (trial, subject), &places, named, call.by.at).await?;
    let taking = places.value.clone().take(&subject.id, &wish, call.by.at)?;
    let told = taking.running_out.map(|out| events::running_out(&trial.id, &out));
    tx.record(&places, taking.places.clone(), told).await?;
    mark_likeness(tx, subject).await?;
    Ok((taking.places, taking.slot))
}

/// Two allocations of what may be one patient are both kept, and people are told (field.md story 19).
async fn mark_likeness(tx: &mut Tx, subject: &Subject) -> Result<()> {
    let (trial, key) = (&subject.trial, subject_key(&subject.trial, &subject.id));
    let Some(own) = tx.get::<PersonRow>(&key).await? else { return Ok(()) };
    for (column, mark) in [("likeness_mark", &own.marks.likeness), ("number_mark", &own.marks.number)] {
        let like = tx.find::<PersonRow>(&[("trial", trial.as_str()), (column, mark)]).await?;
        for other in like.iter().filter(|other| other.subject != subject.id) {
            let placed = tx.get::<Subject>(&subject_key(trial, &other.subject)).await?;
            if placed.is_some_and(|placed| placed.slot().is_some()) {
                let about = About::LikePatient { other: other.subject.clone() };
                flags::raise(tx, trial, &subject.id, about).await?;
            }
        }
    }
    Ok(())
}

/// Reads the clocks again, after the commit, in the handler that made the claim. Over: void, and refuse.
async fn show_while_alive(
    ctx: &Ctx,
    call: &Call,
    cmd: &Randomize,
    permit: &Permit,
    asked: &Mark,
    claimed: Claimed,
) -> Result<Allocated> {
    if !may_be_shown(ctx.machine.since(asked), permit.life, permit.margin) {
        settle_permit::void(ctx, call, cmd, &permit.id, "life over", None).await?;
        let message =
            "the permit's life was over before the allocation could be shown; ask with a higher attempt";
        return Err(LIFE_OVER.refuse(message).into());
    }
    Ok(Allocated {
        permit: permit.id.clone(),
        arm: claimed.arm,
        cohort: claimed.cohort,
        life_ms: u64::try_from(permit.life.as_millis()).unwrap_or(u64::MAX),
        attempt: cmd.attempt,
        record_only: false,
    })
}

fn record(shown: Shown, blind: bool) -> Allocated {
    Allocated {
        permit: shown.permit,
        arm: (!blind).then_some(shown.arm),
        cohort: shown.cohort,
        life_ms: 0,
        attempt: shown.attempt,
        record_only: true,
    }
}
