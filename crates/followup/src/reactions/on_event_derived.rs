//! Labs found an event of the file in the counts, found it on another day, or a correction took it away: phases that hang
//! on it open, move and close. What people recorded or must sign stands before it.

use holdpoint_api::labs::v1::EventDerived;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, date};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: EventDerived) -> Result<(), ReactError> {
    let day = date(&event.date, "date")?;
    let what = if event.withdrawn { "not found any more, which was" } else { "on" };
    let why = format!("{} {what} {day}", event.event);
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        if event.withdrawn {
            subject.found.withdraw(&event.event);
        } else {
            subject.found.tell(event.event, day);
        }
    })
    .await
}
