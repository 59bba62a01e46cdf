//! An allocation was acknowledged as seen: safety knows the subject's arm and cohort, and the rules that read the
//! allocation are asked again.

use holdpoint_api::enrollment::v1::SubjectRandomized;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::{message, moment};
use crate::commands::asking;
use crate::ctx::Ctx;
use crate::domain::fact::Since;
use crate::domain::ids::{ArmId, CohortId, SiteId, SubjectId, TrialId};
use crate::store::{Subject, Trial};

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: SubjectRandomized = message(event)?;
    let at = moment(message.at, "at")?;
    let (trial, subject) = (TrialId::from(message.trial), SubjectId::from(message.subject));
    let mut trial = Trial::lock(tx, &trial).await?;
    let known = trial.subject(&subject).await?;
    let mut copy = known
        .as_ref()
        .map_or_else(|| Subject::unknown(trial.id.clone(), subject.clone()), |known| known.value.clone());
    copy.site = SiteId::known(&message.site).or(copy.site);
    copy.arm = ArmId::known(&message.arm).or(copy.arm);
    if let Some(cohort) = CohortId::known(&message.cohort) {
        copy.allocations.insert(at, cohort.clone());
        copy.cohort = Some(cohort);
        // Whoever is allocated again is treated again, whatever had ended before.
        copy.ended = false;
    }
    copy.protocol = message.protocol.map(|protocol| protocol.digest).or(copy.protocol);
    copy.record(&format!("allocation-{}", message.permit), "randomization", Since::At(at), "", false);
    trial.put_subject(known, copy).await?;
    Ok(asking::subject_again(ctx, &mut trial, &subject).await?)
}
