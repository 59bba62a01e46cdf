//! Asks for the moment one authorized infusion may start: the moment a hold must be able to stop.
//! Protocol 5.1, 7.3.1; holds.md steps 1 to 4. Every way out without a `Go` gives the permit back or voids it; the `Go`
//! is said by the handler that made the claim, and by nobody else ever. It is never kept as an answer and never
//! repeated, and the work is never tried again by itself.

use holdpoint_chassis::clock::Mark;
use holdpoint_chassis::error::{Error, Refused, Result};
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::identity::Actor;
use holdpoint_copies::delegations::KnownDelegation;
use holdpoint_copies::sites::{Site, zone_among};
use holdpoint_journal::{By, Head, Known, Look, Questions, Rollback, TAKEN, Tx};

use super::abandon_start::mark_void;
use super::{count_refused, gated, void_unclaimed};
use crate::authority;
use crate::ctx::{Act, Ctx};
use crate::domain::fate::{self, Fate, GiveBack, VoidWhy, WentBack};
use crate::domain::go::{Go, LifeOver, Permit};
use crate::domain::hold::{self, Activity, Hold, Placement};
use crate::domain::ids::{Attempt, InfusionId, PermitId, TrialId};
use crate::domain::infusion::{self, Infusion, Order};
use crate::domain::lot::Lot;
use crate::domain::plan::{Key, Window};
use crate::domain::prescription::Prescription;
use crate::domain::refusal::Refusal;
use crate::domain::start::{Bedside, BedsideCheck};
use crate::domain::subject::Subject;
use crate::domain::treatment::{Stage, Treatment, activity};
use crate::domain::weight::Weight;
use crate::error::{BEDSIDE, JOURNAL_UNSURE};
use crate::events;
use crate::gate::{Ask, Issued, No};
use crate::store::{self, PermitFate, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/StartInfusion";

/// One ask of the bedside.
#[derive(Clone, Debug)]
pub struct StartInfusion {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// Counted by the listener, higher for each further ask.
    pub attempt: Attempt,
    /// The person's statement that the earlier `Go` was not heard or not acted on.
    pub earlier_not_heard: Option<String>,
    /// What was read off wristband and bag.
    pub check: BedsideCheck,
}

/// What the bedside hears.
#[derive(Debug)]
pub enum Heard {
    /// The moment to start.
    Go(Go),
    /// The attempt was acknowledged before: the record of it, never a `Go`.
    Record {
        /// The permit.
        permit: PermitId,
        /// The attempt that was heard.
        attempt: Attempt,
    },
}

/// What was found when dosing judged the ask itself.
enum Judged {
    Record { permit: PermitId, attempt: Attempt },
    Ask(Box<Place>),
}

/// Which infusion is asked for, where its subject stands, and the order and days that wristband and bag were judged by.
struct Place {
    key: Key,
    placement: Placement,
    activity: Activity,
    judged: Option<(Order, Window)>,
    /// Both journals as far as the judgement knew them.
    heads: Option<Heads>,
}

/// Dosing's own head of the trial, and the newest that it has seen of safety's.
#[derive(Clone, Copy)]
struct Heads {
    mine: Head,
    yours: Head,
}

/// What the judgement of the bedside rests on and others may change while safety is asked.
fn basis(infusion: &Infusion) -> (Order, Window) {
    (infusion.order.clone(), infusion.window)
}

/// Asks, claims and says `Go`. A refused act is journaled, and one refused by a hold is counted at its infusion.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: StartInfusion) -> Result<Heard> {
    let by = ctx.by(actor, &cmd.act);
    let seen = ctx.store.look(Questions::new().answered(&by).get::<Treatment>(cmd.infusion.as_str())).await?;
    seen.answered(&by).await?;
    let outcome = start(ctx, actor, &by, &cmd, &seen).await;
    if let Err(Error::Refused(refused)) = &outcome
        && !refused.holds.is_empty()
    {
        count_refused::run(ctx, &by, &cmd.trial, &cmd.infusion).await;
    }
    gated(ctx, &by, &cmd.trial, (RPC, cmd.infusion.as_str()), outcome).await
}

async fn start(ctx: &Ctx, actor: &Actor, by: &By, cmd: &StartInfusion, seen: &Look) -> Result<Heard> {
    let place = match judge(ctx, actor, by, cmd, seen).await? {
        Judged::Record { permit, attempt } => return Ok(Heard::Record { permit, attempt }),
        Judged::Ask(place) => place,
    };
    reached("dosing.start.judged");
    let (permit, asked) = obtain(ctx, by, cmd, &place).await?;
    reached("dosing.start.permitted");
    let id = permit.id().clone();
    if let Err(error) = claim(ctx, by, cmd, &place, &id).await {
        give_back(ctx, by, &place.key, &id).await;
        return Err(error);
    }
    // The claim is committed. From here this handler alone may say Go, and only while the permit lives.
    match Go::while_alive(permit, cmd.attempt, ctx.machine.since(&asked)) {
        Ok(go) => Ok(Heard::Go(go)),
        Err(LifeOver { elapsed, allowed }) => {
            give_back(ctx, by, &place.key, &id).await;
            let (elapsed_ms, allowed_ms) = (elapsed.as_millis(), allowed.as_millis());
            Err(Refusal::LifeOver { elapsed_ms, allowed_ms }.into())
        }
    }
}

/// Judges by all that dosing knows: holds first, then the state of the infusion, then the bedside. Voids an earlier
/// claim by the person's statement, where one stands in the way.
async fn judge(ctx: &Ctx, actor: &Actor, by: &By, cmd: &StartInfusion, seen: &Look) -> Result<Judged> {
    let mut tx = ctx.store.begin(by).await?;
    if let Some(treatment) = seen.get::<Treatment>(cmd.infusion.as_str()).await? {
        tx.ask(judged_by(actor, cmd, &treatment)?).await?;
    }
    let treatment = store::treatment(&tx, &cmd.trial, &cmd.infusion).await?;
    let key = treatment.key().clone();
    let subject = store::subject(&tx, &cmd.trial, &key.subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    let all: Vec<Treatment> =
        store::treatments(&tx, &cmd.trial, &key.subject).await?.into_iter().map(|one| one.value).collect();
    let mut place = Place {
        placement: subject.placement(),
        activity: activity(&all, &key.id),
        key,
        judged: None,
        heads: None,
    };
    let record = match &treatment.stage {
        Stage::Actual(infusion) => infusion.ask(cmd.attempt, None).ok(),
        _ => None,
    };
    if let Some(infusion::Ask::Record { permit, attempt }) = record {
        return Ok(Judged::Record { permit, attempt });
    }
    not_held(&tx, &place).await?;
    journals_are_sure(&tx, &cmd.trial).await?;
    let infusion = treatment.actual("start")?;
    let ask = infusion.ask(cmd.attempt, cmd.earlier_not_heard.as_deref())?;
    at_the_bedside(ctx, &tx, actor, cmd, infusion, &all, &subject).await?;
    place.judged = Some(basis(infusion));
    let infusion::Ask::VoidFirst(permit) = ask else {
        let chain = events::chain(&cmd.trial);
        place.heads =
            Some(Heads { mine: tx.head(&chain).await?, yours: tx.cursor(crate::SAFETY, &chain).await? });
        return Ok(Judged::Ask(Box::new(place)));
    };
    let statement = cmd.earlier_not_heard.clone().unwrap_or_default();
    let (voided, _) = infusion.clone().void_stated(cmd.attempt, &statement)?;
    mark_void(&mut tx, &permit).await?;
    let entry = events::permit_voided(&place.key, &permit, VoidWhy::NotHeard)
        .private(serde_json::json!({ "statement": statement }));
    tx.record(&treatment, treatment.with(voided), [entry]).await?;
    tx.commit().await?;
    Ok(Judged::Ask(Box::new(place)))
}

/// All that an ask is judged by, in one question. What stands otherwise than it was seen before is asked by itself.
fn judged_by(actor: &Actor, cmd: &StartInfusion, seen: &Treatment) -> Result<Questions> {
    let (trial, key) = (cmd.trial.as_str(), seen.key());
    let chain = events::chain(&cmd.trial);
    let subject = within(&cmd.trial, key.subject.as_str());
    let of_subject = [("subject", subject.as_str())];
    let mut asked = Questions::new()
        .get::<Treatment>(key.id.as_str())
        .get::<Subject>(subject.as_str())
        .find::<KnownDelegation>(&[("person", &actor.principal)])?
        .find::<Treatment>(&of_subject)?
        .find::<Hold>(&[("trial", trial), ("state", "standing")])?
        .find::<Rollback>(&[("chain", chain.as_str())])?
        .find::<Weight>(&of_subject)?
        .find::<Site>(&[("trial", trial)])?
        .head(&chain)
        .cursor(crate::SAFETY, &chain);
    for source in [crate::SAFETY, crate::ENROLLMENT] {
        asked = asked.parked(source, &chain);
    }
    if let Stage::Actual(infusion) = &seen.stage {
        asked = asked.get::<Lot>(infusion.order.lot.as_str());
    }
    Ok(asked)
}

async fn not_held(tx: &Tx, place: &Place) -> Result<()> {
    let holds = store::standing_holds(tx, &place.key.trial).await?;
    let standing = hold::standing(&holds, place.activity, &place.placement);
    if standing.is_empty() { Ok(()) } else { Err(Refusal::held(&holds, standing).into()) }
}

/// Own journal whole, and no row of a peer parked that starts depend on.
async fn journals_are_sure(tx: &Tx, trial: &TrialId) -> Result<()> {
    store::journal_is_whole(tx, trial).await?;
    for source in [crate::SAFETY, crate::ENROLLMENT] {
        let parked = tx.parked(source, &events::chain(trial)).await?;
        if let Some(parked) = parked.filter(|parked| parked.critical) {
            let why = format!(
                "a row of {source}'s journal of trial {trial} ({}) could not be applied",
                parked.kind
            );
            return Err(JOURNAL_UNSURE.refuse(why).into());
        }
    }
    Ok(())
}

async fn at_the_bedside(
    ctx: &Ctx,
    tx: &Tx,
    actor: &Actor,
    cmd: &StartInfusion,
    infusion: &Infusion,
    all: &[Treatment],
    subject: &Subject,
) -> Result<()> {
    let protocol = ctx.protocols.of_subject(tx, subject).await?;
    let prescription = Prescription::of(&protocol, subject, Some(&infusion.key.regimen))?;
    let lot = store::lot(tx, infusion.order.lot.as_str()).await?;
    let weight = store::newest_weight(tx, &cmd.trial, &subject.id).await?;
    let sites = tx.find::<Site>(&[("trial", cmd.trial.as_str())]).await?;
    let zone = zone_among(&sites, subject.site.as_deref());
    let bedside = Bedside {
        infusion,
        all,
        subject,
        lot: &lot,
        weight: weight.as_deref(),
        check: &cmd.check,
        asks: &actor.principal,
        prescription: &prescription,
        now: tx.by().at,
        zone: &zone,
    };
    Ok(bedside.judge()?)
}

/// Asks safety. Where safety says that an earlier permit of this very infusion is not void and dosing never claimed that
/// one, the void is written first and safety is asked once more: a fresh ask, with the head that holds the void. A
/// permit of another infusion, or of one that safety does not name, is never voided from here.
async fn obtain(ctx: &Ctx, by: &By, cmd: &StartInfusion, place: &Place) -> Result<(Permit, Mark)> {
    match ask_once(ctx, cmd, place, place.heads).await? {
        Ok(permit) => Ok(permit),
        Err(no) if void_earlier(ctx, by, cmd, &place.key, &no).await? => {
            ask_once(ctx, cmd, place, None).await?.map_err(|no| Refused::from(no).into())
        }
        Err(no) => Err(Refused::from(no).into()),
    }
}

/// Voids the earlier permit that safety names, where it is this infusion's and dosing never claimed it.
async fn void_earlier(ctx: &Ctx, by: &By, cmd: &StartInfusion, key: &Key, no: &No) -> Result<bool> {
    let No::EarlierNotVoid { permit, infusion: Some(infusion) } = no else { return Ok(false) };
    if *infusion != key.id {
        return Ok(false);
    }
    void_unclaimed::run(ctx, by, key, permit, cmd.earlier_not_heard.as_deref()).await
}

/// What one ask came to: a permit with the mark its life is counted from, or a no.
type Asked = std::result::Result<(Permit, Mark), No>;

/// One fresh ask. The mark is taken before anything of it happens: the permit's life is counted from there.
/// Without heads that the judgement knew they are read: dosing has written since.
async fn ask_once(ctx: &Ctx, cmd: &StartInfusion, place: &Place, heads: Option<Heads>) -> Result<Asked> {
    let asked = ctx.machine.mark();
    let heads = match heads {
        Some(heads) => heads,
        None => heads_of(ctx, &cmd.trial).await?,
    };
    let ask = Ask {
        id: ctx.ids.next().to_string(),
        trial: cmd.trial.clone(),
        activity: place.activity,
        placement: place.placement.clone(),
        infusion: cmd.infusion.clone(),
        number: place.key.number,
        attempt: cmd.attempt,
        mine: heads.mine,
        yours: heads.yours,
    };
    match ctx.gate.issue(ask).await {
        Ok(issued) => {
            let permit = agreed(ctx, place, issued, &heads).await?;
            Ok(Ok((permit, asked)))
        }
        Err(no) => Ok(Err(no)),
    }
}

async fn heads_of(ctx: &Ctx, trial: &TrialId) -> Result<Heads> {
    let chain = events::chain(trial);
    let seen = ctx.store.look(Questions::new().head(&chain).cursor(crate::SAFETY, &chain)).await?;
    Ok(Heads { mine: seen.head(&chain).await?, yours: seen.cursor(crate::SAFETY, &chain).await? })
}

/// Compares the heads that came with the answer. A permit from a safety that has seen rows which dosing lacks, or
/// that lacks rows which dosing had seen when it asked, is given back. What dosing has heard since the ask says nothing:
/// safety goes on writing after its answer.
async fn agreed(ctx: &Ctx, place: &Place, issued: Issued, sent: &Heads) -> Result<Permit> {
    let chain = events::chain(&place.key.trial);
    let seen = issued.seen.unwrap_or_default().try_into()?;
    let theirs: Head = issued.theirs.unwrap_or_default().try_into()?;
    // The very head that the ask carried was read from this journal.
    let lacks = seen != sent.mine && ctx.store.knows(&chain, &seen).await? == Known::Lacks;
    let sent = sent.yours;
    let (theirs, sent) = ((theirs.incarnation, theirs.number), (sent.incarnation, sent.number));
    let who = match fate::disagreement(theirs, sent, lacks) {
        None => return Ok(issued.permit),
        Some(WentBack::Dosing) => "dosing's",
        Some(WentBack::Safety) => "safety's",
    };
    give_back(ctx, &ctx.own(), &place.key, issued.permit.id()).await;
    Err(JOURNAL_UNSURE
        .refuse(format!(
            "{who} journal of trial {chain} went back in time; nothing starts until it is reconciled"
        ))
        .into())
}

/// Authorized -> Starting, with the permit's own row: the commit after which a `Go` may be said. Holds and the state
/// are judged again on what stands here; another order or other days than were judged are refused, because the bag that
/// was checked may not be the one ordered any more.
async fn claim(ctx: &Ctx, by: &By, cmd: &StartInfusion, place: &Place, permit: &PermitId) -> Result<()> {
    let mut tx = ctx.store.begin(by).await?;
    let standing = [("trial", cmd.trial.as_str()), ("state", "standing")];
    tx.ask(Questions::new().get::<Treatment>(cmd.infusion.as_str()).find::<Hold>(&standing)?).await?;
    let treatment = store::treatment(&tx, &cmd.trial, &cmd.infusion).await?;
    not_held(&tx, place).await?;
    let found = treatment.actual("start")?;
    let as_judged = place.judged.as_ref() == Some(&basis(found));
    let infusion = found.clone().claim(permit.clone(), cmd.attempt, by.at)?;
    if !as_judged {
        let why = "the order or the days of this infusion were changed while its start was asked for; \
                   check person and bag against what is ordered, and ask again";
        return Err(BEDSIDE.refuse(why).into());
    }
    let fate = void_unclaimed::row(&place.key, permit, Fate::Claimed(cmd.attempt));
    let entry = infusion.claimed().map(|claim| events::starting(&place.key, claim));
    tx.record_new(&fate, entry).await?;
    tx.record(&treatment, treatment.with(infusion), []).await?;
    tx.send().await.map_err(taken)?;
    reached("dosing.claim.before-commit");
    tx.commit().await?;
    reached("dosing.claim.after-commit");
    Ok(())
}

/// The permit's row exists: a void or a return was written before this claim.
fn taken(error: Error) -> Error {
    if error.code() == Some(TAKEN.code) { Refusal::OtherPermit.into() } else { error }
}

/// Gives a permit back on the way out without a `Go`: returned where it was never claimed, voided where this handler's
/// claim stands. Never fails the refusal that is under way: what can not be written is left to the timers.
async fn give_back(ctx: &Ctx, by: &By, key: &Key, permit: &PermitId) {
    if let Err(cause) = settle(ctx, by, key, permit).await {
        tracing::error!(%cause, permit = permit.as_str(), "a permit could not be given back; it stays in flight");
    }
}

async fn settle(ctx: &Ctx, by: &By, key: &Key, permit: &PermitId) -> Result<()> {
    let mut tx = ctx.store.begin(by).await?;
    let written = tx.get::<PermitFate>(permit.as_str()).await?.map(|stored| stored.fate);
    match fate::give_back(written) {
        GiveBack::Nothing => return tx.rollback().await,
        GiveBack::Return => {
            let entry = events::permit_returned(key, permit);
            tx.record_new(&void_unclaimed::row(key, permit, Fate::Returned), [entry]).await?;
        }
        GiveBack::Void => {
            let treatment = store::treatment(&tx, &key.trial, &key.id).await?;
            let voided = treatment.actual("void the claim of")?.clone().void_unsaid(permit)?;
            mark_void(&mut tx, permit).await?;
            let entry = events::permit_voided(key, permit, VoidWhy::LifeOver);
            tx.record(&treatment, treatment.with(voided), [entry]).await?;
        }
    }
    tx.commit().await.map(drop)
}
