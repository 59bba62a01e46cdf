//! A rule of the file ended a subject's treatment. While its hold is not permanent it is pending: the hold alone stops
//! the doses, and nothing is taken off the plan.

use holdpoint_api::safety::v1::SubjectMeasure;
use holdpoint_copies::holds::PERMANENT;
use holdpoint_journal::{ReactError, Tx};

use super::change_subject;
use super::on_subject_discontinued::cancel_waiting;
use crate::domain::hold::Hold;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::OffTreatment;

pub(super) async fn react(tx: &mut Tx, event: SubjectMeasure) -> Result<(), ReactError> {
    if !matches!(event.verb.as_str(), "stop dosing" | "withdraw subject") {
        return Ok(());
    }
    let hold = tx.get::<Hold>(&event.hold).await?;
    if hold.is_none_or(|hold| hold.kind != PERMANENT) {
        return Ok(());
    }
    let at = tx.by().at;
    let (trial, subject) = (TrialId::from(event.trial.as_str()), SubjectId::from(event.subject.as_str()));
    let rule = event.rule.clone();
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.off_treatment.get_or_insert(OffTreatment { rule: event.rule, at });
    })
    .await?;
    cancel_waiting(tx, &trial, &subject, &rule).await
}
