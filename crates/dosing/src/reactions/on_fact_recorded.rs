//! A fact of a subject. Dosing takes the weight in kilograms as baseline (protocols README, sentence 16).

use holdpoint_api::common::v1::value::Of;
use holdpoint_api::enrollment::v1::FactRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::domain::weight::{self, Baseline};

pub(super) async fn react(tx: &mut Tx, event: FactRecorded) -> Result<(), ReactError> {
    if event.fact != "weight" {
        return Ok(());
    }
    let measured_at = moment(event.taken_at, "taken_at")?;
    let value = event.value.unwrap_or_default();
    let Some(Of::Number(number)) = value.of else {
        return Err(ReactError::Park("its weight is no number".to_owned()));
    };
    let number =
        number.parse().map_err(|_| ReactError::Park("its weight is no decimal number".to_owned()))?;
    let kilograms =
        weight::kilograms(number, &value.unit).map_err(|refusal| ReactError::Park(refusal.to_string()))?;
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.learn_weight(Baseline { kilograms, measured_at });
    })
    .await
}
