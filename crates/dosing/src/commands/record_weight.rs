//! A weight was measured at the bedside. Kilograms only; one that differs by `reweigh` or more from the baseline or from
//! the weight before waits for a second person (Protocol 5.1; protocols README, sentence 16).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::Tx;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{SubjectId, TrialId, WeightId};
use crate::domain::prescription::Prescription;
use crate::domain::refusal::Refusal;
use crate::domain::subject::Subject;
use crate::domain::weight::{SECOND_PERSON_PERCENT, SecondPerson, Weight, kilograms};
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/RecordWeight";

/// What the scale showed.
#[derive(Clone, Debug)]
pub struct RecordWeight {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The number.
    pub value: Decimal,
    /// Its unit.
    pub unit: String,
    /// When.
    pub measured_at: Timestamp,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its id.
    pub weight: WeightId,
    /// A second person has to confirm it before it doses.
    pub needs_second_person: bool,
    /// Against the baseline, percent.
    pub change_percent: Option<Decimal>,
}

/// Stores the weight. Refused: another unit, no person's weight, a moment in the future, unknown subject.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordWeight) -> Result<Done<Recorded>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let subject = store::subject(&tx, &cmd.trial, &cmd.subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    let kilograms = kilograms(cmd.value, &cmd.unit)?;
    if cmd.measured_at > by.at {
        let (found, to) = (cmd.measured_at, by.at);
        return Err(Refusal::TimeOutside { field: "measured_at", found, from: Timestamp::MIN, to }.into());
    }
    let before = store::weight_before(&tx, &cmd.trial, &cmd.subject, cmd.measured_at).await?;
    let previous_kilograms = before.map(|weight| weight.kilograms);
    let weight = Weight {
        id: ctx.ids.next().to_string().into(),
        trial: cmd.trial,
        subject: cmd.subject,
        kilograms,
        measured_at: cmd.measured_at,
        by: actor.principal.clone(),
        previous_kilograms,
        change_percent: None,
        second: SecondPerson::NotNeeded,
    };
    let weight = weight.judge(subject.baseline(), second_person_percent(ctx, &tx, &subject).await?);
    let entry = events::weight_recorded(&weight);
    tx.record_new(&weight, [entry]).await?;
    let answer = Recorded {
        needs_second_person: weight.second == SecondPerson::Needed,
        change_percent: weight.change_percent,
        weight: weight.id,
    };
    applied(tx, answer).await
}

/// From which change a second person looks: the file's for the subject's regimen; the house's before the allocation, or
/// where no regimen is given.
async fn second_person_percent(ctx: &Ctx, tx: &Tx, subject: &Subject) -> Result<Decimal> {
    if subject.allocation.is_none() {
        return Ok(SECOND_PERSON_PERCENT);
    }
    let protocol = ctx.protocols.of_subject(tx, subject).await?;
    let prescription = Prescription::of(&protocol, subject, None);
    Ok(prescription.map_or(SECOND_PERSON_PERCENT, |prescription| prescription.second_person_percent()))
}
