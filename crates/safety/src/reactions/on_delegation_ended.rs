//! A delegation ends: from that moment it allows nothing.

use holdpoint_api::enrollment::v1::DelegationEnded;
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::{message, moment};
use crate::store::DelegationRow;

pub(super) async fn apply(tx: &mut Tx, event: &Event) -> Reacted {
    let message: DelegationEnded = message(event)?;
    let at = moment(message.at, "at")?;
    if let Some(known) = tx.get::<DelegationRow>(&message.delegation).await? {
        let mut row = known.value.clone();
        row.delegation.until = Some(row.delegation.until.map_or(at, |until| until.min(at)));
        tx.update(&known, row).await?;
    }
    Ok(())
}
