//! Gathers what the rules need and asks them: about one adverse event, one milestone, or everything of a subject whose
//! doses changed (protocols README, sentence 9).

use std::sync::Arc;

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;
use holdpoint_protocol::Protocol;
use jiff::tz::TimeZone;

use super::reporting;
use super::ruling::{About, Ruled, carry_out};
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::fact::Since;
use crate::domain::hold::{Cause, HoldKind};
use crate::domain::ids::{Person, SubjectId};
use crate::domain::permit::Permit;
use crate::domain::scope::{Activity, Scope};
use crate::error::NO_PROTOCOL;
use crate::rules::{self, Asked, SubjectFile};
use crate::store::{ProtocolRow, SiteRow, StoredVerdicts, Subject, Trial, in_trial};

/// The protocol that a subject is under: the version consented to, else the one activated last.
pub async fn protocol(ctx: &Ctx, trial: &Trial<'_>, subject: Option<&Subject>) -> Result<Arc<Protocol>> {
    let rows: Vec<Stored<ProtocolRow>> = trial.tx.find(&[("trial", trial.id.as_str())]).await?;
    let consented = subject.and_then(|subject| subject.protocol.as_ref());
    let own = rows.iter().find(|row| Some(&row.digest) == consented);
    let row = own.or_else(|| rows.iter().max_by_key(|row| row.at));
    let row = row.ok_or_else(|| NO_PROTOCOL.refuse(format!("trial {} has no active protocol", trial.id)))?;
    ctx.protocols.parsed(row)
}

/// All that safety has of a subject.
pub async fn subject_file(trial: &Trial<'_>, subject: &SubjectId) -> Result<SubjectFile> {
    let known = trial.subject(subject).await?.map(|stored| stored.value);
    let copy = known.unwrap_or_else(|| Subject::unknown(trial.id.clone(), subject.clone()));
    let site = match &copy.site {
        Some(site) => trial.tx.get::<SiteRow>(&in_trial(&trial.id, site)).await?,
        None => None,
    };
    let zone = site.and_then(|site| TimeZone::get(&site.time_zone).ok()).unwrap_or(TimeZone::UTC);
    let permits =
        trial.permits_of(subject).await?.into_iter().map(|permit| permit.value).collect::<Vec<Permit>>();
    Ok(SubjectFile { subject: copy, permits, zone })
}

/// An adverse event as the rules are asked about it.
pub(super) fn asked_event(protocol: &Protocol, event: &AdverseEvent, file: &SubjectFile) -> Option<Asked> {
    Some(Asked {
        cause: event.id.to_string(),
        event: "adverse-event".parse().ok()?,
        at: rules::stamp(event.onset),
        facts: rules::eval_facts(protocol, event),
        chart: rules::chart(file),
    })
}

/// The trial's other adverse events, for rules that count.
async fn others(trial: &Trial<'_>, protocol: &Protocol, event: &AdverseEvent) -> Result<Vec<Asked>> {
    if protocol.rules.values().all(|rule| rule.threshold.is_none()) {
        return Ok(vec![]);
    }
    let all: Vec<Stored<AdverseEvent>> = trial.tx.find(&[("trial", trial.id.as_str())]).await?;
    let mut others = vec![];
    for other in all.iter().filter(|other| other.id != event.id) {
        let file = subject_file(trial, &other.subject).await?;
        others.extend(asked_event(protocol, other, &file));
    }
    Ok(others)
}

/// What asking about an adverse event came to.
#[derive(Debug, Clone)]
pub struct EventRuled {
    /// What the rules said and did.
    pub ruled: Ruled,
    /// The obligations that stand.
    pub obligations: Vec<String>,
}

/// Asks every rule and report about an adverse event.
pub async fn adverse_event(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    event: &AdverseEvent,
    assessment: bool,
) -> Result<EventRuled> {
    let file = subject_file(trial, &event.subject).await?;
    let protocol = protocol(ctx, trial, Some(&file.subject)).await?;
    let peers = others(trial, &protocol, event).await?;
    let about = About {
        cause: event.id.to_string(),
        subject: Some(event.subject.clone()),
        adverse_event: Some(event.id.clone()),
        reported_at: Some(event.reported_at),
        assessment,
    };
    let Some(asked) = asked_event(&protocol, event, &file) else {
        return Ok(EventRuled { ruled: Ruled::default(), obligations: vec![] });
    };
    let verdicts = rules::happening(&protocol, &asked, &peers, &file.subject.placement());
    let ruled = carry_out(ctx, trial, &about, verdicts).await?;
    let obligations = reporting::owe(ctx, trial, &protocol, event, &asked, assessment).await?;
    keep_verdicts(trial, event, &ruled).await?;
    Ok(EventRuled { ruled, obligations })
}

async fn keep_verdicts(trial: &mut Trial<'_>, event: &AdverseEvent, ruled: &Ruled) -> Result<()> {
    let told = StoredVerdicts { adverse_event: event.id.clone(), verdicts: ruled.verdicts.clone() };
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
    let protocol = protocol(ctx, trial, Some(&file.subject)).await?;
    let about = About {
        cause: happening.root.clone(),
        subject: Some(subject.clone()),
        adverse_event: None,
        reported_at: None,
        assessment: false,
    };
    let mut verdicts = vec![];
    if let Ok(event) = happening.event.parse() {
        let asked = Asked {
            cause: happening.root.clone(),
            event,
            at: rules::stamp(happening.at),
            facts: Default::default(),
            chart: rules::chart(&file),
        };
        verdicts = rules::happening(&protocol, &asked, &[], &file.subject.placement());
    }
    if matches!(happening.event.as_str(), "death" | "withdrawal") {
        verdicts.push(gone(subject, &happening.event));
    }
    carry_out(ctx, trial, &about, verdicts).await
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
        truth: crate::domain::finding::Truth::True,
        reason: format!("{event} of the subject was recorded"),
        missing: Default::default(),
        acts: vec![rules::Act::Hold(hold)],
        asks: None,
    }
}

/// The doses of a subject changed, or what happened to it: everything that its rules read is asked again.
pub async fn subject_again(ctx: &Ctx, trial: &mut Trial<'_>, subject: &SubjectId) -> Result<()> {
    let Some(known) = trial.subject(subject).await? else {
        return events_again(ctx, trial, subject).await;
    };
    events_again(ctx, trial, subject).await?;
    for milestone_of in known.milestones.values() {
        let happening = Happening {
            root: milestone_of.root.clone(),
            event: milestone_of.event.clone(),
            at: milestone_of.at,
        };
        milestone(ctx, trial, subject, &happening).await?;
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

/// The code of a trial without an active protocol.
pub fn no_protocol_code() -> &'static str {
    NO_PROTOCOL.code
}
