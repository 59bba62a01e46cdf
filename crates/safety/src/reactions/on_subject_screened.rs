//! A subject's record was opened: safety knows its site, and under which version it was screened.

use holdpoint_api::enrollment::v1::SubjectScreened;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::message;
use crate::domain::ids::{SiteId, SubjectId, TrialId};
use crate::store::{Subject, Trial};

pub(super) async fn apply(tx: &mut Tx, event: &Event) -> Reacted {
    let message: SubjectScreened = message(event)?;
    let (trial, subject) = (TrialId::from(message.trial), SubjectId::from(message.subject));
    let mut trial = Trial::lock(tx, &trial).await?;
    let known = trial.subject(&subject).await?;
    let mut copy = known
        .as_ref()
        .map_or_else(|| Subject::unknown(trial.id.clone(), subject), |known| known.value.clone());
    copy.site = SiteId::known(&message.site).or(copy.site);
    copy.protocol = copy.protocol.or(message.protocol.map(|protocol| protocol.digest));
    Ok(trial.put_subject(known, copy).await?)
}
