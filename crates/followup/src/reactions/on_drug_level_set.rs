//! A drug with a ladder was stopped or resumed: where the file knows that as an event (`tpo-ra-stopped`), phases hang on it.

use holdpoint_api::dosing::v1::DrugLevelSet;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, date};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: DrugLevelSet) -> Result<(), ReactError> {
    if !matches!(event.change.as_str(), "stopped" | "resumed") {
        return Ok(());
    }
    let day = date(&event.date, "date")?;
    let name = format!("{}-{}", event.regimen, event.change);
    let why = format!("{name} on {day}");
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        subject.levels.tell(name, day);
    })
    .await
}
