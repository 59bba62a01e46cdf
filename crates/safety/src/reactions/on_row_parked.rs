//! Another service could not apply a row of a peer's journal, and the rows behind it wait: people are told, as they are
//! of a row that safety itself could not apply (architecture, idea 2).

use holdpoint_api::journal::v1::RowParked;
use holdpoint_journal::{Chain, Event, Tx};

use super::Reacted;
use super::read::message;
use crate::commands::alerting;
use crate::ctx::Ctx;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let parked: RowParked = message(event)?;
    let number = parked.head.map_or(0, |head| head.number);
    let what = alerting::Parked { by: &event.source, source: &parked.source, number, why: &parked.why };
    Ok(alerting::row_parked(ctx, tx, &Chain::trial(parked.chain), what).await?)
}
