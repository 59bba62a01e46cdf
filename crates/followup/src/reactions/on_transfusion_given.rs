//! Blood was transfused: an event of the dictionary, on which a file may hang a phase.

use holdpoint_api::dosing::v1::TransfusionGiven;
use holdpoint_journal::{ReactError, Tx};
use jiff::tz::TimeZone;

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::happened::Occurrence;
use crate::domain::infusion::day;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: TransfusionGiven) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    // The moment counts; the day beside it is only for people.
    let date = day(at, &TimeZone::UTC);
    let told = Occurrence { event: event.event, date, at: Some(at), withdrawn: event.withdrawn };
    change_subject(ctx, tx, (event.trial, event.subject), "a transfusion", |subject| {
        subject.transfusions.tell(event.transfusion.into(), &event.replaces.into(), told);
    })
    .await
}
