//! Completes a subject's baseline: what the assessment for allocation still misses is done and written down.

use anyhow::Context as _;
use holdpoint_api::enrollment::v1::AssessEligibilityRequest;
use holdpoint_api::followup::v1::RecordActivityRequest;

use super::Person;

/// How an assessment names an activity of the baseline set.
const OF_BASELINE: &str = "baseline.";

/// Records, as done on a civil day, each activity of the baseline set that the assessment for allocation misses. Answers
/// how many they were. Enrollment counts them once it has heard of them from followup.
pub async fn complete_baseline(
    coordinator: &Person,
    trial: &str,
    subject: &str,
    date: &str,
) -> anyhow::Result<usize> {
    let request = AssessEligibilityRequest {
        act: coordinator.act("what is left to do before the allocation"),
        trial: trial.to_owned(),
        subject: subject.to_owned(),
        step: "randomization".to_owned(),
    };
    let mut enrollment = coordinator.enrollment.clone();
    let assessed = enrollment.assess_eligibility(request).await.context("assess the baseline")?.into_inner();
    let mut done = 0;
    for criterion in assessed.criteria.iter().filter(|criterion| !criterion.satisfied) {
        let Some(activity) = criterion.id.strip_prefix(OF_BASELINE) else { continue };
        let request = RecordActivityRequest {
            act: coordinator.act("done for the baseline"),
            trial: trial.to_owned(),
            subject: subject.to_owned(),
            activity: activity.to_owned(),
            date: date.to_owned(),
            ..Default::default()
        };
        let mut followup = coordinator.followup.clone();
        followup.record_activity(request).await.with_context(|| format!("record {activity} of {subject}"))?;
        done += 1;
    }
    Ok(done)
}
