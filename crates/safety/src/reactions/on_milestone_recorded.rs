//! Something happened to a subject on a day: safety keeps it, and asks the rules that it wakes and those that read it.
//! A withdrawn record wakes nothing and releases nothing (protocols README, sentences 4, 9 and 28).

use holdpoint_api::enrollment::v1::MilestoneRecorded;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::{message, since};
use crate::commands::asking;
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::store::{Subject, Trial};

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: MilestoneRecorded = message(event)?;
    let at = since(message.at, &message.date)?;
    let (trial, subject) = (TrialId::from(message.trial), SubjectId::from(message.subject));
    let mut trial = Trial::lock(tx, &trial).await?;
    let known = trial.subject(&subject).await?;
    let mut copy = known
        .as_ref()
        .map_or_else(|| Subject::unknown(trial.id.clone(), subject.clone()), |known| known.value.clone());
    copy.record(&message.milestone, &message.event, at, &message.replaces, message.withdrawn);
    trial.put_subject(known, copy).await?;
    Ok(asking::subject_again(ctx, &mut trial, &subject).await?)
}
