//! Treatment ended, or the study did: what waits is taken off the plan, what is under way stays as it is.

use holdpoint_api::enrollment::v1::SubjectDiscontinued;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::commands::replan::take_off_plan;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::OffTreatment;
use crate::store;

pub(super) async fn react(tx: &mut Tx, event: SubjectDiscontinued) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    let (trial, subject) = (TrialId::from(event.trial.as_str()), SubjectId::from(event.subject.as_str()));
    let rule = event.rule.clone();
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.off_treatment.get_or_insert(OffTreatment { rule: event.rule, at });
    })
    .await?;
    cancel_waiting(tx, &trial, &subject, &rule).await
}

/// Planned or Authorized -> Canceled for all of a subject's infusions.
pub(super) async fn cancel_waiting(
    tx: &mut Tx,
    trial: &TrialId,
    subject: &SubjectId,
    why: &str,
) -> Result<(), ReactError> {
    for treatment in store::treatments(tx, trial, subject).await? {
        if treatment.waiting() {
            take_off_plan(tx, &treatment, why).await?;
        }
    }
    Ok(())
}
