//! Treatment ended, or the study did: what waits is taken off the plan, what is under way stays as it is.

use holdpoint_api::enrollment::v1::SubjectDiscontinued;
use holdpoint_chassis::error::Error;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::OffTreatment;
use crate::events;
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

/// Planned or Authorized -> Canceled for all of a subject's infusions; the cells of an order go back into the lot.
pub(super) async fn cancel_waiting(
    tx: &mut Tx,
    trial: &TrialId,
    subject: &SubjectId,
    why: &str,
) -> Result<(), ReactError> {
    let now = tx.by().at;
    for treatment in store::treatments(tx, trial, subject).await? {
        if !treatment.waiting() {
            continue;
        }
        if let crate::domain::treatment::Stage::Actual(infusion) = &treatment.stage {
            let lot = store::lot(tx, infusion.order.lot.as_str()).await?;
            let back = lot.value.clone().put_back(&infusion.key.id);
            tx.record(&lot, back, []).await?;
        }
        let canceled = treatment.value.clone().cancel(why, now).map_err(Error::from)?;
        let entry = events::canceled(treatment.key(), why);
        tx.record(&treatment, canceled, [entry]).await?;
    }
    Ok(())
}
