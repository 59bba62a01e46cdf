//! A weight at the bedside: it does the activity that yields a weight.

use holdpoint_api::dosing::v1::WeightRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{find, moment};
use crate::ctx::Ctx;
use crate::domain::performed::Finding;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: WeightRecorded) -> Result<(), ReactError> {
    let taken_at = moment(event.measured_at, "measured_at")?;
    let id = format!("dosing:weight:{}", taken_at.as_microsecond());
    let finding = Finding { id, version: 1, fact: "weight".to_owned(), taken_at, void: false };
    find(ctx, tx, &event.trial, [(event.subject, vec![finding])].into()).await
}
