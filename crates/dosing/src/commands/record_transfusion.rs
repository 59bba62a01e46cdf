//! Blood was transfused: a record, its correction, or its withdrawal. It may come late; what others derived from its absence
//! they derive anew (Protocol 5.1, 6.7).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Stored, Tx};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{RecordId, SubjectId, TrialId};
use crate::domain::record::{Record, Standing};
use crate::domain::transfusion::Transfusion;
use crate::error::not_found;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/RecordTransfusion";

/// Whose record it is.
#[derive(Clone, Debug)]
pub struct RecordTransfusion {
    /// The act; a correction or a withdrawal says why.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The record that this one corrects or withdraws.
    pub replaces: Option<RecordId>,
    /// What was given; none withdraws the record named.
    pub given: Option<Given>,
}

/// What was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// Event of the dictionary.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// Units.
    pub units: Decimal,
}

/// Writes it down. Refused: no transfusion of the file, a moment that has not come, on record already, a record that does
/// not stand any more.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordTransfusion) -> Result<Done<RecordId>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    // Two who write down the same at once are served one after the other.
    tx.lock(&events::chain(&cmd.trial)).await?;
    let subject = store::subject(&tx, &cmd.trial, &cmd.subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    let id = RecordId::from(ctx.ids.next().to_string());
    let replaced = match &cmd.replaces {
        Some(replaced) => Some(end(&mut tx, &cmd, replaced, &id).await?),
        None => None,
    };
    let Some(given) = cmd.given else {
        let withdrawn = replaced.ok_or_else(|| not_found("transfusion", ""))?;
        tx.append(events::transfusion_given(&withdrawn, &id, cmd.replaces.as_ref(), true));
        return applied(tx, id).await;
    };
    let record = Record {
        id: id.clone(),
        trial: cmd.trial.clone(),
        subject: cmd.subject.clone(),
        by: actor.principal.clone(),
        at: by.at,
        standing: Standing::Stands,
    };
    let given = Transfusion { record, event: given.event, at: given.at, units: given.units };
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    let known: Vec<Transfusion> = store::of_subject(&tx, &cmd.trial, &cmd.subject).await?;
    given.judge(&protocol, &known, by.at)?;
    let entry = events::transfusion_given(&given, &id, cmd.replaces.as_ref(), false);
    tx.record_new(&given, [entry]).await?;
    applied(tx, id).await
}

/// Stands -> Corrected or Withdrawn.
async fn end(
    tx: &mut Tx,
    cmd: &RecordTransfusion,
    replaced: &RecordId,
    by: &RecordId,
) -> Result<Transfusion> {
    let found: Option<Stored<Transfusion>> = tx.get(replaced.as_str()).await?;
    let found = found
        .filter(|one| one.record.trial == cmd.trial && one.record.subject == cmd.subject)
        .ok_or_else(|| not_found("transfusion", replaced.as_str()))?;
    let before = found.value.clone();
    let record = match cmd.given {
        Some(_) => before.record.clone().corrected(by)?,
        None => before.record.clone().withdrawn(by)?,
    };
    tx.update(&found, Transfusion { record, ..before.clone() }).await?;
    Ok(before)
}
