//! An examination was done. Dosing takes the weight that came with it, for the baseline: the file's physical examination
//! yields one (protocols README, sentence 16). A weight that doses is measured at the bedside.

use holdpoint_api::followup::v1::ActivityDone;
use holdpoint_journal::{ReactError, Tx};

use super::on_fact_recorded::baseline;
use super::{WEIGHT, change_subject, moment};

pub(super) async fn react(tx: &mut Tx, event: ActivityDone) -> Result<(), ReactError> {
    let weighed = event.facts.into_iter().find(|fact| fact.fact == WEIGHT && !event.withdrawn);
    if weighed.is_none() && event.replaces.is_empty() {
        return Ok(());
    }
    let weight = match weighed {
        Some(fact) => Some(baseline(fact.value, moment(fact.taken_at, "taken_at")?)?),
        None => None,
    };
    let replaces = format!("activity {}", event.replaces);
    let record = format!("activity {}", event.activity_record);
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.learn_weight(record, &replaces, weight);
    })
    .await
}
