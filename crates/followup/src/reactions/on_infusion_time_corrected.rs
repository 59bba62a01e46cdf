//! A start was at another time than was written: what is counted from it moves.

use holdpoint_api::dosing::v1::InfusionTimeCorrected;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: InfusionTimeCorrected) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    let why = "the time of a dose was corrected";
    change_subject(ctx, tx, (event.trial, event.subject), why, |subject| {
        if let Some(start) = subject.starts.get_mut(&event.permit) {
            start.at = at;
        }
    })
    .await
}
