//! Treatment or study ended in enrollment under a rule of the file: its verbs are done, once, whether the event or
//! enrollment's call comes first.

use holdpoint_api::enrollment::v1::SubjectDiscontinued;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::message;
use crate::commands::sign_rule;
use crate::ctx::Ctx;
use crate::domain::ids::{RuleId, SubjectId, TrialId};
use crate::store::{Subject, Trial};

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: SubjectDiscontinued = message(event)?;
    let subject = SubjectId::from(message.subject);
    let mut trial = Trial::lock(tx, &TrialId::from(message.trial)).await?;
    let known = trial.subject(&subject).await?;
    let copy = known
        .as_ref()
        .map_or_else(|| Subject::unknown(trial.id.clone(), subject.clone()), |known| known.value.clone());
    trial.put_subject(known, Subject { ended: true, ..copy }).await?;
    sign_rule::discontinued(ctx, &mut trial, &subject, &RuleId::from(message.rule)).await?;
    Ok(())
}
