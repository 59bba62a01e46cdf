//! Answers as the contract writes them. Where protobuf begins again.

use holdpoint_api::enrollment::v1 as pb;

use crate::commands::randomize::Allocated;
use crate::commands::record_milestone::Recorded;
use crate::commands::register_trial::Registered;
use crate::commands::tell_safety::Answered;
use crate::domain::ids::{DelegationId, HoldId, TrialId};
use crate::domain::list::RandomizationList;
use crate::domain::milestone::Milestone;
use crate::domain::notice::Notice;
use crate::domain::subject::Course;
use crate::domain::trial::{Assumption, Stage, Trial, Version};
use crate::eligibility::Judgement;
use crate::events::protocol_ref;
use crate::queries::get_subject::Found;
use crate::queries::list_subjects::Listed;

/// What was registered.
pub fn registered(registered: Registered) -> pb::RegisterTrialResponse {
    pb::RegisterTrialResponse {
        protocol: Some(protocol_ref(&registered.trial, &registered.version)),
        assumed: registered.version.assumed.iter().map(assumption).collect(),
    }
}

fn assumption(assumption: &Assumption) -> pb::AssumedItem {
    pb::AssumedItem {
        block: assumption.item.block.clone(),
        key: assumption.item.key.clone(),
        text: assumption.text.clone(),
        confirmed: assumption.confirmed.is_some(),
    }
}

/// A judgement of eligibility.
pub fn judgement(judgement: Judgement) -> pb::AssessEligibilityResponse {
    let criteria = judgement.criteria.into_iter().map(|criterion| pb::Criterion {
        id: criterion.id,
        truth: criterion.truth,
        satisfied: criterion.satisfied,
        facts: criterion.facts,
        missing: criterion.missing,
        reason: criterion.reason,
    });
    pb::AssessEligibilityResponse { eligible: judgement.eligible, criteria: criteria.collect() }
}

/// A shown allocation.
pub fn allocated(allocated: Allocated) -> pb::RandomizeResponse {
    pb::RandomizeResponse {
        permit: allocated.permit.to_string(),
        arm: allocated.arm.to_string(),
        cohort: allocated.cohort.map(|cohort| cohort.to_string()).unwrap_or_default(),
        life_ms: allocated.life_ms,
        attempt: allocated.attempt,
        record_only: allocated.record_only,
    }
}

/// A recorded milestone.
pub fn recorded(recorded: Recorded) -> pb::RecordMilestoneResponse {
    pb::RecordMilestoneResponse {
        milestone: recorded.milestone.to_string(),
        holds: holds(&recorded.holds),
        not_yet_held: recorded.not_yet_held,
    }
}

/// A discontinuation.
pub fn discontinued(answered: Answered) -> pb::DiscontinueResponse {
    pb::DiscontinueResponse { holds: holds(&answered.holds), not_yet_held: answered.not_yet_held }
}

fn holds(holds: &[HoldId]) -> Vec<String> {
    holds.iter().map(ToString::to_string).collect()
}

/// A trial.
pub fn trial(trial: &Trial) -> pb::Trial {
    pb::Trial {
        trial: trial.id.to_string(),
        title: trial.title.clone(),
        active: trial.active().ok().map(|version| protocol_ref(&trial.id, version)),
        versions: trial.versions.values().map(|each| version(&trial.id, each)).collect(),
        sites: trial
            .sites
            .values()
            .map(|site| pb::Site {
                site: site.id.to_string(),
                name: site.name.clone(),
                time_zone: site.time_zone.clone(),
            })
            .collect(),
    }
}

fn version(trial: &TrialId, version: &Version) -> pb::ProtocolVersion {
    pb::ProtocolVersion {
        protocol: Some(protocol_ref(trial, version)),
        assumed: version.assumed.iter().map(assumption).collect(),
        ethics_approved: version.ethics.is_some(),
        active: matches!(version.stage, Stage::Active { .. }),
    }
}

/// A subject with its milestones. The arm from the moment it was shown, never before.
pub fn subject(found: &Found) -> pb::Subject {
    let Found { subject, milestones, not_yet_held } = found;
    let shown = subject.shown();
    pb::Subject {
        trial: subject.trial.to_string(),
        subject: subject.id.to_string(),
        site: subject.site.to_string(),
        state: subject.state().to_owned(),
        arm: shown.map(|shown| shown.arm.to_string()).unwrap_or_default(),
        cohort: shown.and_then(|shown| shown.cohort.as_ref()).map(ToString::to_string).unwrap_or_default(),
        on_treatment: subject.treatment == Course::Going,
        on_study: subject.study == Course::Going,
        protocol_version: subject.version().to_owned(),
        milestones: milestones.iter().map(|each| milestone(each, not_yet_held)).collect(),
        not_yet_held: !not_yet_held.is_empty(),
    }
}

fn milestone(milestone: &Milestone, not_yet_held: &[Notice]) -> pb::Milestone {
    let told_of = |notice: &Notice| notice.is_of(&milestone.id);
    pb::Milestone {
        milestone: milestone.id.to_string(),
        event: milestone.event.to_string(),
        date: milestone.date.to_string(),
        withdrawn: !milestone.stands(),
        not_yet_held: not_yet_held.iter().any(told_of),
    }
}

/// How much of the list is used; never which arm comes next.
pub fn list(list: &RandomizationList) -> pb::RandomizationList {
    pb::RandomizationList {
        size: list.size(),
        used: list.used(),
        seed_sha256: list.seed_sha256(),
        algorithm: list.algorithm.clone(),
    }
}

/// A delegation's id.
pub fn delegated(delegation: DelegationId) -> pb::DelegateRoleResponse {
    pb::DelegateRoleResponse { delegation: delegation.to_string() }
}

/// How many items are left to confirm.
pub fn unconfirmed(unconfirmed: u32) -> pb::ConfirmAssumptionResponse {
    pb::ConfirmAssumptionResponse { unconfirmed }
}

/// A version in force.
pub fn activated(trial: &str, version: &Version) -> pb::ActivateProtocolResponse {
    let protocol = trial.parse().ok().map(|trial| protocol_ref(&trial, version));
    pb::ActivateProtocolResponse { protocol }
}

/// A page of subjects.
pub fn subjects(found: &Listed) -> pb::ListSubjectsResponse {
    let subjects = found.subjects.iter().map(subject).collect();
    pb::ListSubjectsResponse { subjects, next: found.next.map(|next| next.to_string()).unwrap_or_default() }
}
