//! Signs a rule that only people can make true: an infusion reaction, the participant's choice, the end of the trial.
//! protocols README, sentence 5. Refusals SAF-0001, SAF-0006, SAF-0025.

use holdpoint_chassis::error::Result;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::rules::may_sign;
use holdpoint_protocol::model::{Role, Rule};
use serde::{Deserialize, Serialize};

use super::gathering::{protocol, subject_file};
use super::report_adverse_event::shown;
use super::ruling::{About, Ruled, carry_out};
use super::update_adverse_event::find;
use super::{Call, HoldShown, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::hold::Hold;
use crate::domain::ids::{AdverseEventId, RuleId, SubjectId, TrialId};
use crate::error::{MALFORMED, NOT_SIGNABLE, NOT_THEIR_VOICE};
use crate::events;
use crate::rules::{self, Verdict};
use crate::store::Trial;

/// A signature under a rule.
#[derive(Debug, Clone)]
pub struct SignRule {
    /// The trial.
    pub trial: TrialId,
    /// The rule.
    pub rule: RuleId,
    /// For rules about one subject.
    pub subject: Option<SubjectId>,
    /// For rules about one adverse event.
    pub adverse_event: Option<AdverseEventId>,
    /// On behalf of whom: a party that the file names in `by`.
    pub speaking_for: String,
    /// Where that is written.
    pub reference: String,
}

/// What a signature came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSigned {
    /// The holds that stand for it.
    pub holds: Vec<HoldShown>,
    /// What was done.
    pub did: Vec<String>,
}

/// Signs.
pub async fn run(ctx: &Ctx, call: &Call, cmd: SignRule) -> Result<RuleSigned> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::Anywhere).await?;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let verdict = judge(ctx, &trial, &cmd).await?;
    let subject = cmd.subject.as_ref().map(SubjectId::as_str).unwrap_or_default();
    let row = events::rule_signed(&cmd.trial, cmd.rule.as_str(), subject, &cmd.speaking_for, &cmd.reference);
    trial.tell(row);
    let ruled = carry_out(ctx, &mut trial, &about(&cmd), vec![verdict]).await?;
    let mut holds = vec![];
    for id in &ruled.holds {
        if let Some(hold) = trial.tx.get::<Hold>(id.as_str()).await? {
            holds.push(shown(ctx, &trial, hold.value).await?);
        }
    }
    let did = ruled.verdicts.into_iter().flat_map(|verdict| verdict.did).collect();
    let answer = RuleSigned { holds, did };
    keep(&mut tx, &answer)?;
    tx.commit().await?;
    Ok(answer)
}

fn about(cmd: &SignRule) -> About {
    let subject = cmd.subject.as_ref().map(SubjectId::as_str).unwrap_or("-");
    let cause = match &cmd.adverse_event {
        Some(event) => event.to_string(),
        None => format!("signed/{subject}"),
    };
    About {
        cause,
        subject: cmd.subject.clone(),
        adverse_event: cmd.adverse_event.clone(),
        reported_at: None,
        assessment: true,
    }
}

async fn judge(ctx: &Ctx, trial: &Trial<'_>, cmd: &SignRule) -> Result<Verdict> {
    let file = match &cmd.subject {
        Some(subject) => Some(subject_file(trial, subject).await?),
        None => None,
    };
    let protocol = protocol(ctx, trial, file.as_ref().map(|file| &file.subject)).await?;
    let rule = signable(&protocol, &cmd.rule)?;
    if rule.scope != holdpoint_protocol::model::RuleScope::Trial && file.is_none() {
        let refused = MALFORMED.refuse("this rule is about one subject");
        return Err(refused.field("subject", None, "the subject's code").into());
    }
    let party = party(rule, &cmd.speaking_for)?;
    let asked = match (&cmd.adverse_event, &file) {
        (Some(id), Some(file)) => {
            let event = find(trial, id).await?;
            rules::Asked::about(&protocol, &event, file)
        }
        _ => None,
    };
    let placement = file.as_ref().map(|file| file.subject.placement());
    let verdict = rules::signature(&protocol, rule, party, asked.as_ref(), placement.as_ref());
    Ok(verdict.ok_or_else(|| NOT_SIGNABLE.refuse("this rule is not about what was named"))?)
}

fn signable<'a>(protocol: &'a Protocol, id: &RuleId) -> Result<&'a Rule> {
    let rule =
        protocol.rules.get(id.as_str()).filter(|rule| rule.attest.is_some() || rule.or_attest.is_some());
    Ok(rule.ok_or_else(|| {
        let signable =
            protocol.rules.values().filter(|rule| rule.attest.is_some() || rule.or_attest.is_some());
        let names: Vec<String> = signable.map(|rule| rule.id.to_string()).collect();
        NOT_SIGNABLE.refuse("the trial file has no such rule to sign").field(
            "rule",
            Some(id.to_string()),
            names.join(", "),
        )
    })?)
}

fn party(rule: &Rule, speaking_for: &str) -> Result<Role> {
    let party = Role::from_word(speaking_for).filter(|party| may_sign(rule, *party));
    Ok(party.ok_or_else(|| {
        let mut names: Vec<&str> = rule.by.iter().map(|party| party.as_str()).collect();
        if names.is_empty() {
            names.push(Role::Investigator.as_str());
        }
        let refused = NOT_THEIR_VOICE.refuse("the trial file does not let this rule be signed for them");
        refused.field("speaking_for", Some(speaking_for.to_owned()), names.join(", "))
    })?)
}

/// A discontinuation that enrollment recorded under a rule of the file: its verbs are done as signed. The same rule
/// and subject are one cause, whether it comes by the call or by the event.
pub async fn discontinued(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    subject: &SubjectId,
    rule: &RuleId,
) -> Result<Ruled> {
    let file = subject_file(trial, subject).await?;
    let protocol = protocol(ctx, trial, Some(&file.subject)).await?;
    let Some(known) = protocol.rules.get(rule.as_str()) else { return Ok(Ruled::default()) };
    let about = About {
        cause: format!("discontinued/{subject}"),
        subject: Some(subject.clone()),
        adverse_event: None,
        reported_at: None,
        assessment: true,
    };
    let verdict = rules::discontinuation(known, &file.subject.placement());
    carry_out(ctx, trial, &about, vec![verdict]).await
}
