//! A registration ended without an allocation: kept with the subject, for rules that ask about it.

use holdpoint_api::enrollment::v1::ScreenFailed;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::message;
use crate::domain::fact::Since;
use crate::domain::ids::{SubjectId, TrialId};
use crate::store::{Subject, Trial};

pub(super) async fn apply(tx: &mut Tx, event: &Event) -> Reacted {
    let message: ScreenFailed = message(event)?;
    let subject = SubjectId::from(message.subject);
    let mut trial = Trial::lock(tx, &TrialId::from(message.trial)).await?;
    let known = trial.subject(&subject).await?;
    let mut copy = known
        .as_ref()
        .map_or_else(|| Subject::unknown(trial.id.clone(), subject), |known| known.value.clone());
    copy.record("screen-failure", "screen-failure", Since::At(event.at), "", false);
    Ok(trial.put_subject(known, copy).await?)
}
