//! A fact of a subject that enrollment recorded: it does the activity that yields it, as a laboratory's result does.

use holdpoint_api::enrollment::v1::FactRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{find, moment};
use crate::ctx::Ctx;
use crate::domain::performed::Finding;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: FactRecorded) -> Result<(), ReactError> {
    let taken_at = moment(event.taken_at, "taken_at")?;
    let id = format!("enrollment:{}:{}", event.fact, taken_at.as_microsecond());
    let finding = Finding { id, version: 1, fact: event.fact, taken_at, void: false };
    find(ctx, tx, &event.trial, [(event.subject, vec![finding])].into()).await
}
