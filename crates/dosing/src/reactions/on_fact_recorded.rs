//! A fact of a subject. Dosing takes the weight in kilograms as baseline (protocols README, sentence 16).

use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::enrollment::v1::FactRecorded;
use holdpoint_journal::{ReactError, Tx};
use jiff::Timestamp;

use super::{WEIGHT, change_subject, moment};
use crate::domain::weight::{self, Baseline};

pub(super) async fn react(tx: &mut Tx, event: FactRecorded) -> Result<(), ReactError> {
    if event.fact != WEIGHT {
        return Ok(());
    }
    let measured_at = moment(event.taken_at, "taken_at")?;
    let weight = baseline(event.value, measured_at)?;
    // A fact of the same moment is a correction of it.
    let record = format!("fact {measured_at}");
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.learn_weight(record, "", Some(weight));
    })
    .await
}

/// A weight that another service recorded. One that is no weight of a person is parked.
pub(super) fn baseline(value: Option<Value>, measured_at: Timestamp) -> Result<Baseline, ReactError> {
    let value = value.unwrap_or_default();
    let Some(Of::Number(number)) = value.of else {
        return Err(ReactError::Park("its weight is no number".to_owned()));
    };
    let number =
        number.parse().map_err(|_| ReactError::Park("its weight is no decimal number".to_owned()))?;
    let kilograms =
        weight::kilograms(number, &value.unit).map_err(|refusal| ReactError::Park(refusal.to_string()))?;
    Ok(Baseline { kilograms, measured_at })
}
