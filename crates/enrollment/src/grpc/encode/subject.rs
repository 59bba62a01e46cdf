//! A subject as the contract writes it: what a report needs to see that who was allocated had consented and was eligible.

use holdpoint_api::common::v1::ProtocolRef;
use holdpoint_api::enrollment::v1 as pb;

use super::criterion;
use crate::domain::allocation::Shown;
use crate::domain::consent::{Consent, Consents};
use crate::domain::milestone::Milestone;
use crate::domain::notice::Notice;
use crate::domain::subject::Course;
use crate::events::{moment, protocol_ref};
use crate::queries::get_subject::Found;

/// A subject. The arm from the moment it was shown, never before, and to nobody whom the trial keeps from knowing it.
pub fn view(found: &Found) -> pb::Subject {
    let Found { subject, milestones, not_yet_held, .. } = found;
    let mut allocations: Vec<_> = subject.allocations().map(|shown| allocation(found, shown)).collect();
    let newest = allocations.pop();
    pb::Subject {
        trial: subject.trial.to_string(),
        subject: subject.id.to_string(),
        site: subject.site.to_string(),
        state: subject.state().to_owned(),
        arm: newest.as_ref().map(|newest| newest.arm.clone()).unwrap_or_default(),
        cohort: newest.as_ref().map(|newest| newest.cohort.clone()).unwrap_or_default(),
        on_treatment: subject.treatment == Course::Going,
        on_study: subject.study == Course::Going,
        protocol_version: subject.version().to_owned(),
        milestones: milestones.iter().map(|each| milestone(each, not_yet_held)).collect(),
        not_yet_held: !not_yet_held.is_empty(),
        consents: subject
            .consents()
            .into_iter()
            .flat_map(Consents::all)
            .map(|each| consent(found, each))
            .collect(),
        allocation: newest,
        earlier_allocations: allocations,
        arm_sealed: found.arm_sealed,
        like: found.like.iter().map(ToString::to_string).collect(),
        consent_due_to: found.consent_due_to.clone().unwrap_or_default(),
    }
}

fn consent(found: &Found, consent: &Consent) -> pb::Consent {
    let version = found.trial.version(&consent.version).ok();
    pb::Consent {
        date: consent.date.to_string(),
        protocol: version.map(|version| protocol_ref(&found.trial.id, version)),
        documents: consent.documents.clone(),
        recorded_at: Some(moment(consent.recorded_at)),
        corrected: consent.corrected,
    }
}

/// With the judgement that its claim rested on.
fn allocation(found: &Found, shown: &Shown) -> pb::Allocation {
    let basis = found.bases.get(shown.permit.as_str());
    let protocol = basis.map(|basis| ProtocolRef {
        trial: basis.trial.to_string(),
        version: basis.version.clone(),
        digest: basis.digest.clone(),
    });
    pb::Allocation {
        arm: if found.arm_sealed { String::new() } else { shown.arm.to_string() },
        cohort: shown.cohort.as_ref().map(ToString::to_string).unwrap_or_default(),
        permit: shown.permit.to_string(),
        attempt: shown.attempt,
        randomized_at: Some(moment(shown.at)),
        place: shown.slot.number,
        stratum: stratum(found, shown),
        eligible: basis.is_some_and(|basis| basis.criteria.iter().all(|criterion| criterion.satisfied)),
        protocol,
        judged_at: basis.map(|basis| moment(basis.at)),
        criteria: basis.iter().flat_map(|basis| &basis.criteria).map(criterion).collect(),
        consent_date: basis.map(|basis| basis.consent_date.to_string()).unwrap_or_default(),
    }
}

/// Both: what the factors were when the place was drawn, and what a correction says of them since (field.md story 18).
fn stratum(found: &Found, shown: &Shown) -> Vec<pb::StratumFactor> {
    let drawn = shown.slot.stratum().into_iter().flat_map(|stratum| stratum.factors());
    let factor = |(fact, value): (&String, &String)| {
        let since = found.factors.get(fact).filter(|since| *since != value);
        let (fact, at_allocation) = (fact.clone(), value.clone());
        pb::StratumFactor { fact, at_allocation, corrected: since.cloned().unwrap_or_default() }
    };
    drawn.map(factor).collect()
}

fn milestone(milestone: &Milestone, not_yet_held: &[Notice]) -> pb::Milestone {
    let told_of = |notice: &Notice| notice.is_of(&milestone.id);
    pb::Milestone {
        milestone: milestone.id.to_string(),
        event: milestone.event.to_string(),
        date: milestone.date.to_string(),
        withdrawn: !milestone.stands(),
        not_yet_held: not_yet_held.iter().any(told_of),
        confirmed_by_role: milestone.confirmed_by.map(|role| role.to_string()).unwrap_or_default(),
        ground_lost: milestone.ground_lost.is_some(),
        derived: milestone.derived,
    }
}
