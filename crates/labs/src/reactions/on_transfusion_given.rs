//! A transfusion, perhaps recorded late, corrected or withdrawn: runs that go without one are found anew (protocols
//! README, sentences 25 and 28).

use holdpoint_api::dosing::v1::TransfusionGiven;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::subject::{Happening, When};

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: TransfusionGiven) -> Result<(), ReactError> {
    let when = When::At(moment(event.at, "at")?);
    let happening = Happening { event: event.event, when, withdrawn: event.withdrawn };
    change_subject(ctx, tx, (event.trial, event.subject), |subject| {
        subject.transfusions.record(event.transfusion, event.replaces, happening);
    })
    .await
}
