//! Labs derived an event of the file from results, or took it away again. Safety keeps it and asks its rules, where the
//! file's rules look at that event at all. One that a person must confirm first comes from enrollment, with the signature.
//! protocols README, sentences 9, 27 and 28.

use holdpoint_api::labs::v1::EventDerived;
use holdpoint_journal::{Event, Tx};
use holdpoint_protocol::Protocol;

use super::Reacted;
use super::read::{message, since};
use crate::commands::asking;
use crate::commands::gathering::readable;
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::rules;
use crate::store::{Subject, Trial};

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: EventDerived = message(event)?;
    let at = since(None, &message.date)?;
    let (trial, subject) = (TrialId::from(message.trial), SubjectId::from(message.subject));
    let mut trial = Trial::lock(tx, &trial).await?;
    let known = trial.subject(&subject).await?;
    let mut copy = known
        .as_ref()
        .map_or_else(|| Subject::unknown(trial.id.clone(), subject.clone()), |known| known.value.clone());
    // Without a version that can be read it is kept, and asked about when there is one.
    if let Ok(protocol) = readable(ctx, trial.tx, &trial.id, Some(&copy)).await?
        && !counts(&protocol, &message.event)
    {
        return Ok(());
    }
    copy.derive(&message.event, at, &message.date, message.withdrawn);
    trial.put_subject(known, copy).await?;
    Ok(asking::subject_again(ctx, &mut trial, &subject).await?)
}

/// Whether the file's rules look at it, and nobody has to sign it first.
fn counts(protocol: &Protocol, event: &str) -> bool {
    let Ok(event) = event.parse() else { return false };
    let signed = protocol.events.get(&event).is_some_and(|event| event.confirm.is_some());
    !signed && rules::mentions(protocol, &event)
}
