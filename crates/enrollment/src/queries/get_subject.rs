//! A subject with its milestones, the withdrawn ones too, what its allocations rest on, and what safety has not answered
//! yet. No personal data, no arm before it was shown, and none to whom the trial keeps from knowing it.

use std::collections::BTreeMap;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Role;

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::flag::{About, Flag};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::milestone::Milestone;
use crate::domain::notice::Notice;
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::{UNKNOWN_SUBJECT, UNKNOWN_TRIAL};
use crate::store::{Basis, subject_key};
use crate::{calendar, chart, eligibility};

/// A subject with what belongs to it.
pub struct Found {
    /// The subject.
    pub subject: Subject,
    /// In the order in which they were recorded.
    pub milestones: Vec<Milestone>,
    /// Recorded, NOT yet held: what safety has not answered.
    pub not_yet_held: Vec<Notice>,
    /// What each allocation rests on, by its permit.
    pub bases: BTreeMap<String, Basis>,
    /// The factors of the stratum as the facts stand; empty where the file stratifies by nothing.
    pub factors: BTreeMap<String, String>,
    /// Subjects that look like the same patient.
    pub like: Vec<SubjectId>,
    /// The version that a consent is due to.
    pub consent_due_to: Option<String>,
    /// The trial keeps the caller's role from knowing the arm.
    pub arm_sealed: bool,
    /// The trial, for the versions that the consents are to.
    pub trial: Trial,
}

/// Answers it.
pub async fn run(ctx: &Ctx, call: &Call, trial: &TrialId, subject: &SubjectId) -> Result<Found> {
    let found = ctx.store.get::<Subject>(&subject_key(trial, subject)).await?.ok_or_else(|| {
        Error::from(UNKNOWN_SUBJECT.refuse(format!("trial {trial} has no subject {subject}")))
    })?;
    let role = call.may_read(ctx, trial, Some(&found.site)).await?;
    let unknown = || UNKNOWN_TRIAL.refuse(format!("trial {trial} is not registered"));
    let trial = ctx.store.get::<Trial>(trial.as_str()).await?.ok_or_else(unknown)?;
    with_all(ctx, call, &trial, found.value, role).await
}

/// The subject with all that belongs to it, as a role may see it.
pub(super) async fn with_all(
    ctx: &Ctx,
    call: &Call,
    trial: &Trial,
    subject: Subject,
    role: Role,
) -> Result<Found> {
    let key = subject_key(&subject.trial, &subject.id);
    let tx = ctx.store.begin(&call.by).await?;
    let milestones = tx.find::<Milestone>(&[("subject", &key)]).await?;
    let notices = tx.find::<Notice>(&[("subject", &key), ("open", "yes")]).await?;
    let bases = tx.find::<Basis>(&[("subject", &key)]).await?;
    let flags = tx.find::<Flag>(&[("subject", &key), ("stands", "yes")]).await?;
    let like = flags.iter().filter_map(|flag| match &flag.about {
        About::LikePatient { other } => Some(other.clone()),
        _ => None,
    });
    let protocol = ctx.protocol_of(&tx, trial, subject.version()).await?;
    let mut factors = BTreeMap::new();
    if !protocol.allocation.strata.is_empty() {
        let zone = calendar::zone(trial, &subject.site)?;
        let chart = chart::of(&tx, &subject, zone).await?;
        let standing = eligibility::factors(&protocol, &chart, call.by.at).into_iter();
        factors = standing.filter_map(|(fact, value)| Some((fact, value?))).collect();
    }
    tx.rollback().await?;
    let due = subject.consents().map(|_| trial.consent_due(subject.version())).transpose()?.flatten();
    Ok(Found {
        milestones: milestones.into_iter().map(|stored| stored.value).collect(),
        not_yet_held: notices.into_iter().map(|stored| stored.value).collect(),
        bases: bases.into_iter().map(|stored| (stored.permit.to_string(), stored.value)).collect(),
        factors,
        like: like.collect(),
        consent_due_to: due.map(|due| due.version.clone()),
        arm_sealed: protocol.allocation.is_blind(role.as_str()),
        trial: trial.clone(),
        subject,
    })
}
