//! Registered, and never allocated: the schedule ends with the day it was written down.

use holdpoint_api::enrollment::v1::ScreenFailed;
use holdpoint_journal::{ReactError, Tx};
use jiff::Timestamp;

use super::change_subject;
use crate::ctx::Ctx;
use crate::domain::happened::Ended;

pub(super) async fn react(
    ctx: &Ctx,
    tx: &mut Tx,
    (event, at): (ScreenFailed, Timestamp),
) -> Result<(), ReactError> {
    let why = format!("screen failure: {}", event.why);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        subject.screen_failed.get_or_insert(Ended { rule: event.why, at });
    })
    .await
}
