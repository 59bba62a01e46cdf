//! The bedside says when cells began to flow: the watch over the infusion is counted from there.

use holdpoint_api::dosing::v1::InfusionStarted;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::happened::Start;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: InfusionStarted) -> Result<(), ReactError> {
    let start = Start { infusion: event.infusion, at: moment(event.at, "at")?, void: false };
    let why = format!("dose {} started", event.number);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        subject.starts.insert(event.permit, start);
    })
    .await
}
