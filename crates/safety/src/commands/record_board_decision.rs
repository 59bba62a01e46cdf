//! What the safety board decided, in its own words. It lifts nothing: releases are signed for each hold. A decision that
//! lets a cohort open is refused while what the file asks of the cohort before it is not so; with the last of those that
//! the file asks, the cohort is open. Architecture, "Life of a serious adverse event", step 7; protocols README,
//! sentence 41. Refusals SAF-0001, SAF-0004, SAF-0031.

use holdpoint_chassis::error::{Refused, Result};
use holdpoint_protocol::model::Role;
use serde::{Deserialize, Serialize};

use super::alerting::{Tell, raise};
use super::gathering::{grouped, protocol};
use super::sign_release::find;
use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::board::{Decision, Opening};
use crate::domain::ids::{DecisionId, HoldId, TrialId};
use crate::error::{MALFORMED, NOT_OPENED};
use crate::events;
use crate::rules::NotYet;
use crate::store::Trial;

/// A decision.
#[derive(Debug, Clone)]
pub struct RecordBoardDecision {
    /// The trial.
    pub trial: TrialId,
    /// In words.
    pub text: String,
    /// The holds it speaks of.
    pub holds: Vec<HoldId>,
    /// The cohort that it lets open.
    pub opens: Option<Opening>,
}

/// What it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision.
    pub decision: DecisionId,
    /// The cohort is open from it on.
    pub opened: bool,
    /// The parties whose decision the cohort waits for still.
    pub undecided: Vec<String>,
}

/// Records it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RecordBoardDecision) -> Result<Decided> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let place = if cmd.opens.is_some() { Place::WholeTrial } else { Place::Anywhere };
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, place).await?;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    for hold in &cmd.holds {
        find(&trial, hold).await?;
    }
    let undecided = match &cmd.opens {
        Some(opening) => may_open(ctx, &trial, opening).await?,
        None => vec![],
    };
    let decision = Decision {
        id: ctx.id(),
        trial: cmd.trial,
        text: cmd.text,
        holds: cmd.holds,
        opens: cmd.opens,
        by: trial.by(),
        at: trial.now(),
    };
    trial.tell(events::board_decided(&decision));
    trial.tx.insert(&decision).await?;
    let opened = decision.opens.as_ref().filter(|_| undecided.is_empty());
    if let Some(opening) = opened {
        trial.tell(events::cohort_opened(&decision, &opening.cohort));
        let text = format!("cohort {} is open by the decision of {}", opening.cohort, opening.party);
        raise(ctx, &mut trial, Tell::notice("cohort-opened", text)).await?;
    }
    let undecided = undecided.into_iter().map(|role| role.to_string()).collect();
    let answer = Decided { opened: opened.is_some(), undecided, decision: decision.id };
    keep(&mut tx, &answer)?;
    tx.commit().await?;
    Ok(answer)
}

/// The parties that the cohort waits for beside this one.
async fn may_open(ctx: &Ctx, trial: &Trial<'_>, opening: &Opening) -> Result<Vec<Role>> {
    let protocol = protocol(ctx, trial, None).await?;
    let Some(party) = Role::from_word(&opening.party) else {
        let refused = MALFORMED.refuse("the trial files know no such party");
        return Err(refused
            .field("speaking_for", Some(opening.party.clone()), Role::WORDS.join(", "))
            .into());
    };
    if party != Role::SafetyBoard && opening.reference.is_empty() {
        let refused = MALFORMED.refuse("another party's decision is recorded with where it is written");
        return Err(refused.field("reference", None, "the letter's or the minutes' reference").into());
    }
    let gathered = grouped(trial.tx, &trial.id).await?;
    let groups = gathered.of(&protocol, trial.now());
    Ok(groups.may_open(&opening.cohort, party).map_err(refused)?)
}

fn refused(no: NotYet) -> Refused {
    let refused = NOT_OPENED.refuse(no.why);
    match no.earliest {
        Some(earliest) => refused.field("at", None, format!("{earliest} or later")),
        None => refused,
    }
}
