//! Asks the trial file's rules: about one adverse event, one milestone, or everything of a subject whose doses changed
//! (protocols README, sentence 9).

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;
use holdpoint_protocol::Protocol;

use super::alerting::{Tell, raise};
use super::gathering::{Unasked, readable, subject_file, subject_files};
use super::going_back::everything;
use super::reporting;
use super::ruling::{About, Ruled, carry_out};
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::fact::Since;
use crate::domain::finding::Truth;
use crate::domain::hold::{Cause, HoldKind};
use crate::domain::ids::{Person, SubjectId};
use crate::domain::obligation::{Obligation, ObligationState};
use crate::domain::scope::{Activity, Scope};
use crate::rules::{self, Asked, SubjectFile};
use crate::store::{StoredVerdicts, Subject, Trial, in_trial};

/// The trial's other adverse events, for rules that count.
async fn others(trial: &Trial<'_>, protocol: &Protocol, event: &AdverseEvent) -> Result<Vec<Asked>> {
    if protocol.rules.values().all(|rule| rule.threshold.is_none()) {
        return Ok(vec![]);
    }
    let files = subject_files(trial.tx, &trial.id).await?;
    let all: Vec<Stored<AdverseEvent>> = trial.tx.find(&[("trial", trial.id.as_str())]).await?;
    let asked = all.iter().filter(|other| other.id != event.id).filter_map(|other| {
        let unknown = || SubjectFile::unknown(trial.id.clone(), other.subject.clone());
        let file = files.get(&other.subject).cloned().unwrap_or_else(unknown);
        Asked::about(protocol, other, &file)
    });
    Ok(asked.collect())
}

/// What asking about an adverse event came to.
#[derive(Debug, Clone)]
pub struct EventRuled {
    /// What the rules said and did.
    pub ruled: Ruled,
    /// The obligations that stand.
    pub obligations: Vec<String>,
}

/// Asks every rule and report about an adverse event. Where they cannot be asked the event is taken all the same, and
/// asked about as soon as they can.
pub async fn adverse_event(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    event: &AdverseEvent,
    assessment: bool,
) -> Result<EventRuled> {
    let file = subject_file(trial, &event.subject).await?;
    let about = About {
        cause: event.id.to_string(),
        subject: Some(event.subject.clone()),
        adverse_event: Some(event.id.clone()),
        reported_at: Some(event.reported_at),
        assessment,
    };
    let protocol = match readable(ctx, trial.tx, &trial.id, Some(&file.subject)).await? {
        Ok(protocol) => protocol,
        Err(why) => return unasked(ctx, trial, event, &about, &why).await,
    };
    let Some(asked) = Asked::about(&protocol, event, &file) else {
        return Ok(EventRuled { ruled: Ruled::default(), obligations: vec![] });
    };
    let peers = others(trial, &protocol, event).await?;
    let verdicts = rules::happening(&protocol, &asked, &peers, &file.subject.placement());
    let ruled = carry_out(ctx, trial, &about, verdicts).await?;
    let obligations = reporting::owe(ctx, trial, &protocol, event, &asked, assessment).await?;
    let serious = rules::is_serious(&protocol, &asked);
    keep_verdicts(trial, event, &ruled, serious, false).await?;
    Ok(EventRuled { ruled, obligations })
}

/// The event is kept, people are told, and where a version is in force that nobody can read the trial is held: rules that
/// cannot be asked may hold.
async fn unasked(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    event: &AdverseEvent,
    about: &About,
    why: &Unasked,
) -> Result<EventRuled> {
    let ruled = carry_out(ctx, trial, about, not_asked(why)).await?;
    let before = trial.tx.get::<StoredVerdicts>(event.id.as_str()).await?;
    if before.is_none_or(|before| !before.unruled) {
        let words = match why {
            Unasked::NotKnown => "no active version of the protocol is known",
            Unasked::Unreadable(_) => "the active version of the protocol cannot be read by this program",
        };
        let text = format!("the rules were not asked about adverse event {}: {words}", event.id);
        raise(ctx, trial, Tell::critical("rules-not-asked", text).adverse_event(Some(&event.id))).await?;
    }
    keep_verdicts(trial, event, &ruled, Truth::Unknown, true).await?;
    let owed: Vec<Stored<Obligation>> = trial.tx.find(&[("adverse_event", event.id.as_str())]).await?;
    let owed = owed.iter().filter(|known| matches!(known.state, ObligationState::Open { .. }));
    Ok(EventRuled { ruled, obligations: owed.map(|known| known.id.to_string()).collect() })
}

/// Without a known version there are no permits, and nothing to hold.
fn not_asked(why: &Unasked) -> Vec<rules::Verdict> {
    let Unasked::Unreadable(words) = why else { return vec![] };
    tracing::error!(words, "a trial file in force cannot be read; the trial is held");
    let hold = rules::ToPlace {
        scope: Scope::Trial,
        activities: everything(),
        kind: HoldKind::PendingBoardDecision,
    };
    vec![rules::Verdict {
        rule: "rules-not-asked".into(),
        section: String::new(),
        truth: Truth::Unknown,
        reason: "the trial file in force cannot be read, so no rule could be asked".to_owned(),
        missing: Default::default(),
        acts: vec![rules::Act::Hold(hold)],
        asks: None,
    }]
}

/// A version came into force: whatever could not be asked before is asked.
pub async fn unasked_again(ctx: &Ctx, trial: &mut Trial<'_>) -> Result<()> {
    let waiting: Vec<Stored<StoredVerdicts>> = trial.tx.find(&[("unruled", trial.id.as_str())]).await?;
    for verdicts in waiting {
        if let Some(event) = trial.tx.get::<AdverseEvent>(verdicts.adverse_event.as_str()).await? {
            adverse_event(ctx, trial, &event, false).await?;
        }
    }
    Ok(())
}

async fn keep_verdicts(
    trial: &mut Trial<'_>,
    event: &AdverseEvent,
    ruled: &Ruled,
    serious: Truth,
    unruled: bool,
) -> Result<()> {
    let told = StoredVerdicts {
        adverse_event: event.id.clone(),
        trial: trial.id.clone(),
        verdicts: ruled.verdicts.clone(),
        serious,
        unruled,
    };
    match trial.tx.get::<StoredVerdicts>(event.id.as_str()).await? {
        Some(before) if before.value == told => {}
        Some(before) => {
            trial.tx.update(&before, told).await?;
        }
        None => {
            trial.tx.insert(&told).await?;
        }
    }
    Ok(())
}

/// One thing recorded in enrollment.
#[derive(Debug, Clone)]
pub struct Happening {
    /// The first record of it.
    pub root: String,
    /// Event of the file or its dictionaries.
    pub event: String,
    /// When.
    pub at: Since,
}

/// Asks every rule about a milestone. Who died or withdrew is held whatever the file says.
pub async fn milestone(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    subject: &SubjectId,
    happening: &Happening,
) -> Result<Ruled> {
    let file = subject_file(trial, subject).await?;
    let about = About {
        cause: happening.root.clone(),
        subject: Some(subject.clone()),
        adverse_event: None,
        reported_at: None,
        assessment: false,
    };
    let mut verdicts = match readable(ctx, trial.tx, &trial.id, Some(&file.subject)).await? {
        Ok(protocol) => of_milestone(&protocol, happening, &file),
        Err(why) => not_asked(&why),
    };
    if matches!(happening.event.as_str(), "death" | "withdrawal") {
        verdicts.push(gone(subject, &happening.event));
    }
    carry_out(ctx, trial, &about, verdicts).await
}

fn of_milestone(protocol: &Protocol, happening: &Happening, file: &SubjectFile) -> Vec<rules::Verdict> {
    let Ok(event) = happening.event.parse() else { return vec![] };
    let asked = Asked {
        cause: happening.root.clone(),
        event,
        at: rules::stamp(happening.at),
        facts: Default::default(),
        chart: rules::chart(file),
    };
    rules::happening(protocol, &asked, &[], &file.subject.placement())
}

/// Nobody who died or withdrew is dosed or allocated, and a mistaken record is undone by the board.
fn gone(subject: &SubjectId, event: &str) -> rules::Verdict {
    let hold = rules::ToPlace {
        scope: Scope::Subject(subject.clone()),
        activities: [Activity::Dosing, Activity::Randomization].into(),
        kind: HoldKind::PendingBoardDecision,
    };
    rules::Verdict {
        rule: event.into(),
        section: String::new(),
        truth: Truth::True,
        reason: format!("{event} of the subject was recorded"),
        missing: Default::default(),
        acts: vec![rules::Act::Hold(hold)],
        asks: None,
    }
}

/// The doses of a subject changed, or what happened to it: everything that its rules read is asked again.
pub async fn subject_again(ctx: &Ctx, trial: &mut Trial<'_>, subject: &SubjectId) -> Result<()> {
    events_again(ctx, trial, subject).await?;
    match trial.subject(subject).await? {
        Some(known) => milestones_of(ctx, trial, &known).await,
        None => Ok(()),
    }
}

/// The first version came into force: what happened to subjects before it was heard of is asked about.
pub async fn milestones_again(ctx: &Ctx, trial: &mut Trial<'_>) -> Result<()> {
    let known: Vec<Stored<Subject>> = trial.tx.find(&[("trial", trial.id.as_str())]).await?;
    for subject in known {
        milestones_of(ctx, trial, &subject).await?;
    }
    Ok(())
}

async fn milestones_of(ctx: &Ctx, trial: &mut Trial<'_>, subject: &Subject) -> Result<()> {
    for known in subject.milestones.values() {
        let happening = Happening { root: known.root.clone(), event: known.event.clone(), at: known.at };
        milestone(ctx, trial, &subject.subject, &happening).await?;
    }
    Ok(())
}

async fn events_again(ctx: &Ctx, trial: &mut Trial<'_>, subject: &SubjectId) -> Result<()> {
    let key = in_trial(&trial.id, subject);
    let events: Vec<Stored<AdverseEvent>> = trial.tx.find(&[("subject", &key)]).await?;
    for event in events {
        adverse_event(ctx, trial, &event, false).await?;
    }
    Ok(())
}

/// The cause of holds that safety places for itself.
pub fn own_person() -> Person {
    Person::from(crate::NAME)
}

/// Whether a hold's cause is a rule about this thing.
pub fn is_about(cause: &Cause, of: &str) -> bool {
    matches!(cause, Cause::Rule(rule) if rule.of == of)
}
