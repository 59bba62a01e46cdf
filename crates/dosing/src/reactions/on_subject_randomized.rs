//! An allocation was seen: the arm says which regimen the subject is given. Who returns for another cohort begins another
//! course; what still waited of the earlier one is taken off the plan.

use holdpoint_api::enrollment::v1::SubjectRandomized;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment, some};
use crate::commands::replan::take_off_plan;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Allocation;
use crate::store;

pub(super) async fn react(tx: &mut Tx, event: SubjectRandomized) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    let digest = event.protocol.and_then(|protocol| some(protocol.digest));
    let (trial, subject) = (TrialId::from(event.trial.as_str()), SubjectId::from(event.subject.as_str()));
    let cohort = some(event.cohort);
    let allocation = Allocation { arm: event.arm, cohort: cohort.clone(), at };
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.allocation = Some(allocation);
        subject.site = some(event.site).or_else(|| subject.site.take());
        subject.protocol = digest.or_else(|| subject.protocol.take());
    })
    .await?;
    for treatment in store::treatments(tx, &trial, &subject).await? {
        if treatment.waiting() && treatment.key().cohort != cohort {
            take_off_plan(tx, &treatment, "allocated to another cohort").await?;
        }
    }
    Ok(())
}
