//! Leave for one allocation or one start, once: the moment at which a hold must be able to stop. Never answered from
//! memory, never stored as an answer, never repeated. holds.md steps 1 and 2, H1, H3, H4, H10.
//! Refusals SAF-0002, SAF-0007 to SAF-0013, SAF-0022, SAF-0029, SAF-0030.

use holdpoint_chassis::error::{Refused, Result};
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::metrics::METRICS;
use holdpoint_journal::{Chain, Head, Known, Look, Questions};

use super::gathering::protocol;
use super::{Call, going_back, grouping};
use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::{Peer, TrialId};
use crate::domain::permit::{Ask, Issue, NoPermit, Permit, View, issue};
use crate::domain::scope::Activity;
use crate::error::{ASKER_WENT_BACK, HELD, NOT_YOURS, REPEATED_ASK, WE_WENT_BACK};
use crate::events;
use crate::peers::Followers;
use crate::store::{ProtocolRow, Subject, Trial, YES, in_trial};

/// An ask, with the heads of both journals as the asker knows them.
#[derive(Debug, Clone)]
pub struct IssuePermit {
    /// What is asked.
    pub ask: Ask,
    /// The asker's own head of the trial.
    pub mine: Head,
    /// The newest that the asker has seen of safety's journal of the trial.
    pub yours: Head,
}

/// A permit, and the heads as safety knows them.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The permit.
    pub permit: Permit,
    /// Safety's own head of the trial.
    pub mine: Head,
    /// How far the asker's journal was applied.
    pub yours: Head,
}

/// Judges one ask.
pub async fn run(ctx: &Ctx, followers: &Followers, call: &Call, cmd: IssuePermit) -> Result<Issued> {
    let asker = asker(call, cmd.ask.activity)?;
    let trial = cmd.ask.trial.clone();
    let chain = Chain::trial(trial.as_str());
    let mut asked = Questions::new().knows(&chain, &cmd.yours).head(&chain).head(&Chain::Service);
    asked = asked.cursor(asker.as_str(), &chain);
    for peer in ctx.instance.known() {
        asked = asked.parked(peer.as_str(), &chain);
    }
    let seen = ctx.store.look(asked).await?;
    safety_is_whole(ctx, &seen, (&trial, &chain), &asker, cmd.yours).await?;
    let cursor = seen.cursor(asker.as_str(), &chain).await?;
    let yours = up_to(ctx, followers, (&asker, cursor), &chain, cmd.mine).await?;
    let all_shown = followers.all_shown(ctx, &trial, &chain).await?;
    if yours == cursor && all_shown {
        followers.none_parked_in(ctx, &seen, &chain).await?;
    } else {
        // Rows were applied since the look, and any of them may have been parked.
        followers.none_parked(ctx, &chain).await?;
    }
    let (permit, mine) = decide(ctx, call, cmd.ask).await?;
    Ok(Issued { permit, mine, yours })
}

/// Dosing asks for doses, enrollment for allocations; nobody asks for another.
fn asker(call: &Call, activity: Activity) -> Result<Peer> {
    let allowed = match activity {
        Activity::Randomization => "enrollment",
        Activity::FirstDose | Activity::Dosing => "dosing",
    };
    if call.actor.principal == allowed {
        return Ok(Peer::from(allowed));
    }
    Err(NOT_YOURS.refuse(format!("only {allowed} asks for this activity")).into())
}

/// Whether safety has every row that the asker has seen of it, and has held every gap it knows of.
async fn safety_is_whole(
    ctx: &Ctx,
    look: &Look,
    (trial, chain): (&TrialId, &Chain),
    asker: &Peer,
    seen: Head,
) -> Result<()> {
    if look.knows(chain, &seen).await? == Known::Lacks {
        going_back::safety(ctx, chain, asker.as_str(), seen).await?;
        let words = format!("{asker} has seen {seen} of safety's journal of the trial, and safety lacks it");
        return Err(WE_WENT_BACK.refuse(words).into());
    }
    let heads = [look.head(chain).await?, look.head(&Chain::Service).await?];
    // Where nothing was ever lost nobody need look for a gap.
    if heads.iter().any(|head| head.incarnation > 0) && going_back::hold_gap(ctx, trial).await? {
        return Err(WE_WENT_BACK.refuse("safety was restored from an older copy").into());
    }
    Ok(())
}

/// Applies the asker's journal up to its ask, in transactions of their own.
async fn up_to(
    ctx: &Ctx,
    followers: &Followers,
    (asker, cursor): (&Peer, Head),
    chain: &Chain,
    mine: Head,
) -> Result<Head> {
    let applied = followers.up_to((asker, cursor), chain, mine).await;
    if let Err(error) = &applied
        && error.code() == Some(ASKER_WENT_BACK.code)
    {
        going_back::peer(ctx, chain, asker.as_str()).await?;
    }
    applied
}

/// The transaction whose first statement locks the trial, so that a hold is either seen here or sees this permit.
async fn decide(ctx: &Ctx, call: &Call, ask: Ask) -> Result<(Permit, Head)> {
    let trial_id = ask.trial.clone();
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &trial_id).await?;
    let asked = judged_by(&trial, &ask)?;
    trial.tx.ask(asked).await?;
    if !going_back::open_gaps(&trial).await?.is_empty() {
        let words = "safety was restored from an older copy, and the trial is not held for it yet";
        return Err(WE_WENT_BACK.refuse(words).into());
    }
    if !trial.tx.find::<Permit>(&[("ask", ask.ask.as_str())]).await?.is_empty() {
        return Err(REPEATED_ASK.refuse("this ask was made before; ask again with a fresh id").into());
    }
    let copy = trial.subject(&ask.placement.subject).await?;
    let protocol = protocol(ctx, &trial, copy.as_ref().map(|copy| &copy.value)).await?;
    let holds: Vec<Hold> = trial.holds().await?.into_iter().map(|hold| hold.value).collect();
    let permits: Vec<Permit> =
        trial.permits_of(&ask.placement.subject).await?.into_iter().map(|permit| permit.value).collect();
    let own = copy.map(|subject| subject.placement());
    let view = View { own: own.as_ref(), holds: &holds, permits: &permits };
    let terms = Issue { id: ctx.id(), terms: ctx.terms, at: trial.now(), epoch: trial.epoch().await? };
    let permit = issue(ask, &view, terms).map_err(|no| refused(no, &holds, &permits))?;
    grouping::allow(&trial, &protocol, &permit.asked, own.as_ref()).await?;
    trial.tx.insert(&permit).await?;
    trial.tell(events::permit_issued(&permit));
    let chain = trial.chain();
    reached("safety.permit.before-commit");
    let committed = tx.commit().await?;
    reached("safety.permit.after-commit");
    METRICS.permit(trial_id.as_str());
    let mine = committed.heads.get(&chain).copied().unwrap_or_default();
    Ok((permit, mine))
}

/// What an ask is judged by, in one question.
fn judged_by(trial: &Trial<'_>, ask: &Ask) -> Result<Questions> {
    let of_trial = ("trial", trial.id.as_str());
    let subject = in_trial(&trial.id, &ask.placement.subject);
    let (least, most) = trial.epochs();
    Questions::new()
        .head(&Chain::Service)
        .get::<Subject>(subject.as_str())
        .find::<Permit>(&[("ask", ask.ask.as_str())])?
        .find::<Permit>(&[("subject", &subject)])?
        .versions::<ProtocolRow>(&[of_trial])?
        .find::<Hold>(&[of_trial, ("stands", YES)])?
        .greatest::<Hold>("epoch", (&least, &most))
}

/// The refusal in words: a hold is told by its reason, so that the person at the bedside need not look it up, and an
/// earlier permit together with the infusion it was given for, and with whether its Go was heard: one that was is not
/// voided by the word that it was not.
fn refused(no: NoPermit, holds: &[Hold], permits: &[Permit]) -> Refused {
    if let NoPermit::EarlierNotVoid(earlier) = &no {
        let known = permits.iter().find(|permit| permit.id == *earlier);
        let of = known.and_then(|permit| permit.asked.infusion.as_ref()).map(ToString::to_string);
        let told = Refused::from(no).field("infusion", of, "the infusion of that permit");
        return if known.is_some_and(Permit::has_begun) {
            told.field("heard", Some("yes".to_owned()), "a Go that nobody heard")
        } else {
            told
        };
    }
    let NoPermit::Held(ids) = &no else { return no.into() };
    let standing = holds.iter().filter(|hold| ids.contains(&hold.id));
    let words: Vec<String> = standing.map(|hold| format!("{} (hold {})", hold.reason, hold.id)).collect();
    let told = HELD.refuse(format!("held: {}", words.join("; ")));
    ids.iter().fold(told, |refused, hold| refused.hold(hold.as_str()))
}
