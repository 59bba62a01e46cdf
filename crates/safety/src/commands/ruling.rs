//! Asks the trial file's rules about what happened and does what they say: holds, measures, alerts. The same rule and
//! cause place one hold, however often they are asked; nothing is released by an answer. protocols README,
//! sentences 3, 4 and 9.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;
use jiff::Timestamp;

use super::alerting::{Tell, raise};
use super::placing::{ToHold, place};
use crate::ctx::Ctx;
use crate::domain::finding::{Effect, Finding, Truth, decide, tells};
use crate::domain::hold::{Cause, Hold, RuleCause};
use crate::domain::ids::{AdverseEventId, HoldId, Person, SubjectId};
use crate::events;
use crate::rules::{Act, ToPlace, Verdict};
use crate::store::{FindingRow, Trial, VerdictWords, in_trial};

/// On whose account the rules were asked.
#[derive(Debug, Clone)]
pub struct About {
    /// What woke the rules: an adverse event's, a milestone's or a signature's id.
    pub cause: String,
    /// The subject.
    pub subject: Option<SubjectId>,
    /// The adverse event, where it was one.
    pub adverse_event: Option<AdverseEventId>,
    /// When it was reported.
    pub reported_at: Option<Timestamp>,
    /// The answers follow a recorded assessment.
    pub assessment: bool,
}

/// What the rules said and what was done.
#[derive(Debug, Clone, Default)]
pub struct Ruled {
    /// Each rule's answer.
    pub verdicts: Vec<VerdictWords>,
    /// The holds of this cause that stand, placed this time or before.
    pub holds: BTreeSet<HoldId>,
    /// Facts that a holding rule names and nobody gave.
    pub missing: BTreeSet<String>,
}

/// Does what the answers say.
pub async fn carry_out(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    about: &About,
    verdicts: Vec<Verdict>,
) -> Result<Ruled> {
    let mut ruled = Ruled::default();
    read_findings(trial, about, &verdicts).await?;
    for verdict in verdicts {
        let did = obey(ctx, trial, about, &verdict, &mut ruled.holds).await?;
        if verdict.truth == Truth::Unknown {
            ruled.missing.extend(verdict.missing.iter().cloned());
        }
        ruled.verdicts.push(VerdictWords {
            rule: verdict.rule.to_string(),
            truth: verdict.truth,
            reason: verdict.reason,
            did,
        });
    }
    Ok(ruled)
}

async fn obey(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    about: &About,
    verdict: &Verdict,
    standing: &mut BTreeSet<HoldId>,
) -> Result<Vec<String>> {
    let mut did = vec![];
    let mut first_hold = None;
    let holds: Vec<&ToPlace> = verdict
        .acts
        .iter()
        .filter_map(|act| match act {
            Act::Hold(hold) => Some(hold),
            _ => None,
        })
        .collect();
    for turn in 0..holds.len().max(known_holds(trial, about, verdict).await?) {
        let hold = one_hold(ctx, trial, about, verdict, turn, holds.get(turn).copied()).await?;
        if let Some((hold, words)) = hold {
            if hold.stands() {
                standing.insert(hold.id.clone());
            }
            first_hold.get_or_insert(hold.id.clone());
            did.extend(words);
        }
    }
    did.extend(speak(ctx, trial, about, verdict, first_hold.as_ref()).await?);
    Ok(did)
}

fn key(about: &About, verdict: &Verdict, what: &str) -> String {
    format!("{}/{}/{what}", verdict.rule, about.cause)
}

/// Reads at once what each rule has found before on this account: the transaction reads nothing twice.
async fn read_findings(trial: &Trial<'_>, about: &About, verdicts: &[Verdict]) -> Result<()> {
    let ids = verdicts.iter().flat_map(|verdict| {
        let holds = verdict.acts.iter().filter(|act| matches!(act, Act::Hold(_))).count();
        let names = (0..=holds).map(|turn| format!("hold-{turn}")).chain(["words".to_owned()]);
        names.map(|name| in_trial(&trial.id, key(about, verdict, &name)))
    });
    let ids: Vec<String> = ids.collect();
    trial.tx.get_all::<FindingRow>(&ids).await.map(drop)
}

/// How many holds this rule and cause have placed before: an answer that asks for none still answers those.
async fn known_holds(trial: &Trial<'_>, about: &About, verdict: &Verdict) -> Result<usize> {
    let mut known = 0;
    loop {
        let id = in_trial(&trial.id, key(about, verdict, &format!("hold-{known}")));
        if trial.tx.get::<FindingRow>(&id).await?.is_none() {
            return Ok(known);
        }
        known += 1;
    }
}

/// Decides and does what one answer means for one of the rule's holds.
async fn one_hold(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    about: &About,
    verdict: &Verdict,
    turn: usize,
    wanted: Option<&ToPlace>,
) -> Result<Option<(Hold, Option<String>)>> {
    let name = key(about, verdict, &format!("hold-{turn}"));
    let row = trial.tx.get::<FindingRow>(&in_trial(&trial.id, &name)).await?;
    let known = match row.as_ref().and_then(|row| row.finding.hold.clone()) {
        Some(id) => trial.tx.get::<Hold>(id.as_str()).await?,
        None => None,
    };
    let standing = known.as_ref().filter(|hold| hold.stands());
    let before = row.as_ref().map(|row| &row.finding);
    let effect = decide(before, standing.map(|hold| &hold.value), verdict.truth, about.assessment);
    let mut words = None;
    let after = match (effect, wanted, known) {
        (Effect::Place, Some(wanted), _) => {
            let placed = place(ctx, trial, to_hold(about, verdict, wanted)).await?;
            words = Some(format!("placed hold {}", placed.id));
            Some(placed)
        }
        (Effect::Assess(truth), _, Some(hold)) => Some(assess(trial, hold, truth).await?),
        (Effect::Reopen, _, Some(hold)) => Some(assess(trial, hold, None).await?),
        (_, _, known) => known,
    };
    let finding = Finding { truth: verdict.truth, hold: after.as_ref().map(|hold| hold.id.clone()) };
    remember(trial, row, name, finding).await?;
    Ok(after.map(|hold| (hold.value, words)))
}

fn to_hold(about: &About, verdict: &Verdict, wanted: &ToPlace) -> ToHold {
    let section =
        if verdict.section.is_empty() { String::new() } else { format!(" (Protocol {})", verdict.section) };
    ToHold {
        scope: wanted.scope.clone(),
        activities: wanted.activities.clone(),
        kind: wanted.kind.clone(),
        cause: Cause::Rule(RuleCause {
            rule: verdict.rule.clone(),
            of: about.cause.clone(),
            adverse_event: about.adverse_event.clone(),
        }),
        reason: format!("rule {}{section}", verdict.rule),
        by: Person::from(crate::NAME),
        reported_at: about.reported_at,
        adverse_event: about.adverse_event.clone(),
    }
}

/// An assessment answers a pending hold; what changes is told, and nothing is lifted.
async fn assess(trial: &mut Trial<'_>, hold: Stored<Hold>, truth: Option<bool>) -> Result<Stored<Hold>> {
    let Ok(assessed) = hold.value.clone().assess(truth, trial.next_number()) else { return Ok(hold) };
    if assessed == hold.value {
        return Ok(hold);
    }
    trial.tell(events::hold_reclassified(&assessed));
    trial.tx.update(&hold, assessed).await
}

async fn remember(
    trial: &mut Trial<'_>,
    row: Option<Stored<FindingRow>>,
    about: String,
    finding: Finding,
) -> Result<()> {
    match row {
        Some(row) if row.finding == finding => {}
        Some(row) => {
            let value = FindingRow { finding, ..row.value.clone() };
            trial.tx.update(&row, value).await?;
        }
        None => {
            trial.tx.insert(&FindingRow { trial: trial.id.clone(), about, finding }).await?;
        }
    }
    Ok(())
}

/// Tells people and services what the rule asks of them, once for each rise of the answer.
async fn speak(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    about: &About,
    verdict: &Verdict,
    hold: Option<&HoldId>,
) -> Result<Vec<String>> {
    let name = key(about, verdict, "words");
    let row = trial.tx.get::<FindingRow>(&in_trial(&trial.id, &name)).await?;
    let rises = tells(row.as_ref().map(|row| &row.finding), verdict.truth);
    remember(trial, row, name, Finding { truth: verdict.truth, hold: None }).await?;
    if !rises {
        return Ok(vec![]);
    }
    let subject = about.subject.as_ref().map(SubjectId::as_str).unwrap_or_default();
    let mut did = vec![];
    for act in &verdict.acts {
        match act {
            Act::Hold(_) => {}
            Act::Measure(verb) => {
                let hold = hold.map(HoldId::as_str).unwrap_or_default();
                trial.tell(events::subject_measure(&trial.id, subject, verdict.rule.as_str(), verb, hold));
                did.push((*verb).to_owned());
            }
            Act::Tell { critical, words } => {
                tell(ctx, trial, about, verdict, *critical, words).await?;
                did.push(words.clone());
            }
        }
    }
    if let Some(question) = &verdict.asks {
        tell(ctx, trial, about, verdict, false, &format!("sign or leave: {question}")).await?;
    }
    Ok(did)
}

async fn tell(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    about: &About,
    verdict: &Verdict,
    critical: bool,
    words: &str,
) -> Result<()> {
    let subject = about.subject.as_ref().map(|subject| format!(", subject {subject}")).unwrap_or_default();
    let text = format!("{words} (rule {}{subject})", verdict.rule);
    let tell = if critical { Tell::critical("rule-asks", text) } else { Tell::notice("rule-asks", text) };
    raise(ctx, trial, tell.adverse_event(about.adverse_event.as_ref())).await
}
