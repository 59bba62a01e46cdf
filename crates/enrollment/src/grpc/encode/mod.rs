//! Answers as the contract writes them. Where protobuf begins again.

mod subject;

use holdpoint_api::enrollment::v1 as pb;

use crate::commands::randomize::Allocated;
use crate::commands::record_milestone::Recorded;
use crate::commands::register_trial::Registered;
use crate::commands::tell_safety::Answered;
use crate::domain::cohorts::Group;
use crate::domain::flag::Flag;
use crate::domain::ids::{DelegationId, HoldId, TrialId};
use crate::domain::places::Places;
use crate::domain::trial::{Assumption, Stage, Trial, Version};
use crate::eligibility::{Criterion, Judgement};
use crate::events::{moment, protocol_ref};
use crate::queries;
use crate::queries::list_subjects::Listed;

pub use subject::view as subject;

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
    let criteria = judgement.criteria.iter().map(criterion).collect();
    pb::AssessEligibilityResponse { eligible: judgement.eligible, criteria }
}

/// A criterion, judged.
pub fn criterion(criterion: &Criterion) -> pb::Criterion {
    pb::Criterion {
        id: criterion.id.clone(),
        truth: criterion.truth.clone(),
        satisfied: criterion.satisfied,
        facts: criterion.facts.clone(),
        missing: criterion.missing.clone(),
        reason: criterion.reason.clone(),
    }
}

/// A shown allocation.
pub fn allocated(allocated: Allocated) -> pb::RandomizeResponse {
    pb::RandomizeResponse {
        permit: allocated.permit.to_string(),
        arm_sealed: allocated.arm.is_none(),
        arm: allocated.arm.map(|arm| arm.to_string()).unwrap_or_default(),
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

/// How much of the places is used; never which arm comes next.
pub fn places(places: &Places) -> pb::RandomizationList {
    let (seed_sha256, algorithm, cohorts) = match places {
        Places::List(list) => (list.seed_sha256(), list.algorithm.clone(), vec![]),
        Places::Cohorts(cohorts) => {
            let group = |group: &Group| pb::CohortPlaces {
                cohort: group.cohort.to_string(),
                size: group.most.unwrap_or_default(),
                used: cohorts.used(&group.cohort),
                opened: group.opened.is_some(),
            };
            (String::new(), "next-cohort".to_owned(), cohorts.groups().iter().map(group).collect())
        }
        Places::Choices(_) => (String::new(), "investigator-choice".to_owned(), vec![]),
    };
    let (size, used) = (places.size().unwrap_or_default(), places.used());
    pb::RandomizationList { size, used, seed_sha256, algorithm, cohorts }
}

/// A page of flags.
pub fn flags(listed: &queries::list_flags::Listed) -> pb::ListFlagsResponse {
    let flag = |flag: &Flag| pb::Flag {
        flag: flag.id(),
        kind: flag.about.kind().to_owned(),
        subject: flag.subject.to_string(),
        text: flag.about.text(&flag.subject),
        raised_at: Some(moment(flag.raised_at)),
        cleared_at: flag.cleared_at.map(moment),
    };
    let flags = listed.flags.iter().map(flag).collect();
    pb::ListFlagsResponse { flags, next: listed.next.map(|next| next.to_string()).unwrap_or_default() }
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
    let subjects = found.subjects.iter().map(subject::view).collect();
    pb::ListSubjectsResponse { subjects, next: found.next.map(|next| next.to_string()).unwrap_or_default() }
}
