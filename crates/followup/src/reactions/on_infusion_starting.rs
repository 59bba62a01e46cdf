//! A start was permitted: it counts as a dose from here on, until it is known to be void (semantics 13).

use holdpoint_api::dosing::v1::InfusionStarting;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::happened::Start;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: InfusionStarting) -> Result<(), ReactError> {
    let start = Start { infusion: event.infusion, at: moment(event.at, "at")?, void: false };
    let why = format!("dose {} starts", event.number);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        subject.starts.entry(event.permit).or_insert(start);
    })
    .await
}
