//! Asks for the allocation of one eligible subject: the moment a hold must be able to stop. holds.md steps 1 to 4 and
//! "A randomisation". The answer is given by the handler that made the claim, in the permit's life, and never kept.

use holdpoint_chassis::clock::Mark;
use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::{Stored, Tx};
use serde_json::json;

use super::settle_permit;
use crate::call::{self, Call, chain};
use crate::ctx::Ctx;
use crate::domain::allocation::{Attempt, Before, Shown};
use crate::domain::ids::{ArmId, CohortId, PermitId, SubjectId, TrialId};
use crate::domain::list::{RandomizationList, Slot};
use crate::domain::subject::{Asked, Subject};
use crate::domain::trial::Trial;
use crate::eligibility::{self, Step};
use crate::error::LIFE_OVER;
use crate::gate::{self, Ask, No, Permit, SAFETY};
use crate::{events, trial_file};

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
    /// The arm.
    pub arm: ArmId,
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
    let done = allocate(ctx, call, &cmd).await;
    let what = json!({ "act": "randomize", "subject": cmd.subject, "attempt": cmd.attempt });
    call.at_gate(ctx, &cmd.trial, what, done).await
}

async fn allocate(ctx: &Ctx, call: &Call, cmd: &Randomize) -> Result<Allocated> {
    let (before, ask) = match judge(ctx, call, cmd).await? {
        Judged::Record(shown) => return Ok(record(shown)),
        Judged::MayAsk(before, ask) => (before, ask),
    };
    if let Before::Void(permit) = before {
        settle_permit::void(ctx, call, cmd, &permit, "not heard", cmd.statement()).await?;
    }
    let (permit, asked) = obtain(ctx, call, cmd, *ask).await?;
    match claim(ctx, call, cmd, &permit).await {
        Ok((arm, cohort)) => show_while_alive(ctx, call, cmd, &permit, &asked, arm, cohort).await,
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
    Record(Shown),
    MayAsk(Before, Box<Ask>),
}

/// Judges subject, eligibility and list with the newest facts. Nothing is written.
async fn judge(ctx: &Ctx, call: &Call, cmd: &Randomize) -> Result<Judged> {
    let (tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    let before = match subject.ask(cmd.attempt, cmd.earlier_not_heard.as_deref())? {
        Asked::Record(shown) => return Ok(Judged::Record(shown)),
        Asked::MayAsk(before) => before,
    };
    ctx.journals_are_whole(&tx, &cmd.trial).await?;
    let list = eligible(ctx, &tx, call, &trial, &subject).await?;
    if subject.slot().is_none() {
        let stratum = Default::default();
        list.value.clone().take(&cmd.subject, stratum, call.by.at)?;
    }
    drop(tx);
    sure(ctx, &cmd.trial).await?;
    Ok(Judged::MayAsk(
        before,
        Box::new(Ask {
            ask: ctx.ids.next().to_string(),
            trial: cmd.trial.clone(),
            subject: cmd.subject.clone(),
            site: subject.site.clone(),
            possible_arms: list.design.arms().cloned().collect(),
            // A list leads to arms; cohorts come with escalation.
            possible_cohorts: vec![],
            attempt: cmd.attempt,
        }),
    ))
}

/// The sealed list, if the subject is eligible at this moment: an earlier judgement carries over to nothing.
async fn eligible(
    ctx: &Ctx,
    tx: &Tx,
    call: &Call,
    trial: &Trial,
    subject: &Subject,
) -> Result<Stored<RandomizationList>> {
    let protocol = ctx.protocol_of(tx, trial, subject.version()).await?;
    trial_file::design(&protocol)?;
    eligibility::judge(ctx, tx, trial, subject, Step::Randomization, call.by.at).await?.required()?;
    let list = tx.get::<RandomizationList>(trial.id.as_str()).await?;
    list.ok_or_else(|| Error::fault(anyhow::anyhow!("trial {} has no sealed list", trial.id)))
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

/// Draws the subject's place, if it has none, and claims the permit for it, in one commit. The chain is locked first:
/// places are drawn one after the other, each once.
async fn claim(
    ctx: &Ctx,
    call: &Call,
    cmd: &Randomize,
    permit: &Permit,
) -> Result<(ArmId, Option<CohortId>)> {
    if let Some(lost) = ctx.gate.lost(&cmd.trial, permit).await? {
        ctx.rollbacks().own(&chain(&cmd.trial), SAFETY, lost).await?;
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    ctx.journals_are_whole(&tx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    settle_permit::claimed(&mut tx, cmd, &permit.id, cmd.attempt).await?;
    let list = eligible(ctx, &tx, call, &trial, &subject).await?;
    let (list, slot) = match subject.slot() {
        Some(slot) => (list.value.clone(), slot.clone()),
        None => draw(ctx, &mut tx, call, &trial, &subject, list).await?,
    };
    let arm =
        list.arm(&slot).ok_or_else(|| Error::fault(anyhow::anyhow!("a drawn place is not on the list")))?;
    let changed = subject.value.clone().claim(slot, permit.id.clone(), cmd.attempt, call.by.at)?;
    let entry = events::allocation_starting(&changed, &permit.id, cmd.attempt, call.by.at);
    tx.record(&subject, changed, [entry]).await?;
    tx.commit().await?;
    Ok((arm, None))
}

async fn draw(
    ctx: &Ctx,
    tx: &mut Tx,
    call: &Call,
    trial: &Trial,
    subject: &Subject,
    list: Stored<RandomizationList>,
) -> Result<(RandomizationList, Slot)> {
    let stratum = eligibility::stratum(ctx, tx, trial, subject, call.by.at).await?;
    let (taken, slot, running_out) = list.value.clone().take(&subject.id, stratum, call.by.at)?;
    let told = running_out.map(|out| events::list_running_out(&trial.id, out));
    tx.record(&list, taken.clone(), told).await?;
    Ok((taken, slot))
}

/// Reads the clocks again, after the commit, in the handler that made the claim. Over: void, and refuse.
async fn show_while_alive(
    ctx: &Ctx,
    call: &Call,
    cmd: &Randomize,
    permit: &Permit,
    asked: &Mark,
    arm: ArmId,
    cohort: Option<CohortId>,
) -> Result<Allocated> {
    if ctx.machine.since(asked) + permit.margin >= permit.life {
        settle_permit::void(ctx, call, cmd, &permit.id, "life over", None).await?;
        let message =
            "the permit's life was over before the allocation could be shown; ask with a higher attempt";
        return Err(LIFE_OVER.refuse(message).into());
    }
    Ok(Allocated {
        permit: permit.id.clone(),
        arm,
        cohort,
        life_ms: u64::try_from(permit.life.as_millis()).unwrap_or(u64::MAX),
        attempt: cmd.attempt,
        record_only: false,
    })
}

fn record(shown: Shown) -> Allocated {
    Allocated {
        permit: shown.permit,
        arm: shown.arm,
        cohort: shown.cohort,
        life_ms: 0,
        attempt: shown.attempt,
        record_only: true,
    }
}
