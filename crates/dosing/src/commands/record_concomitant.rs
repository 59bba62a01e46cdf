//! A drug of the background treatment was given from one day to another: a record, its correction, or its withdrawal. The
//! dose is in the file's unit and range, or says why not (Protocol 5.1, 6.4).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::eval::time::day_of;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::concomitant::Concomitant;
use crate::domain::ids::{RecordId, RegimenId, SubjectId, TrialId};
use crate::domain::record::{Record, Standing};
use crate::error::not_found;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/RecordConcomitant";

/// Whose record it is.
#[derive(Clone, Debug)]
pub struct RecordConcomitant {
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
    /// Regimen of the file.
    pub regimen: RegimenId,
    /// How much.
    pub dose: Decimal,
    /// The file's unit.
    pub unit: String,
    /// The first day at the site.
    pub from: Date,
    /// The last day; none while it goes on.
    pub until: Option<Date>,
    /// Why the dose lies outside the file's range.
    pub deviation: Option<String>,
}

/// Writes it down. Refused: no such regimen of the subject's, another unit, outside the range without a reason, days that
/// have not come, days on record already, a record that does not stand any more.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordConcomitant) -> Result<Done<RecordId>> {
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
        let withdrawn = replaced.ok_or_else(|| not_found("record", ""))?;
        tx.append(events::concomitant_given(&withdrawn, &id, cmd.replaces.as_ref(), true));
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
    let Given { regimen, dose, unit, from, until, deviation } = given;
    let given = Concomitant { record, regimen, dose, unit, from, until, deviation };
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    let zone = store::time_zone(&tx, &cmd.trial, subject.site.as_deref()).await?;
    let known: Vec<Concomitant> = store::of_subject(&tx, &cmd.trial, &cmd.subject).await?;
    given.judge(&protocol, &subject, &known, day_of(by.at, &zone))?;
    let entry = events::concomitant_given(&given, &id, cmd.replaces.as_ref(), false);
    tx.record_new(&given, [entry]).await?;
    applied(tx, id).await
}

/// Stands -> Corrected or Withdrawn.
async fn end(
    tx: &mut Tx,
    cmd: &RecordConcomitant,
    replaced: &RecordId,
    by: &RecordId,
) -> Result<Concomitant> {
    let found: Option<Stored<Concomitant>> = tx.get(replaced.as_str()).await?;
    let found = found
        .filter(|one| one.record.trial == cmd.trial && one.record.subject == cmd.subject)
        .ok_or_else(|| not_found("record", replaced.as_str()))?;
    let before = found.value.clone();
    let record = match cmd.given {
        Some(_) => before.record.clone().corrected(by)?,
        None => before.record.clone().withdrawn(by)?,
    };
    tx.update(&found, Concomitant { record, ..before.clone() }).await?;
    Ok(before)
}
