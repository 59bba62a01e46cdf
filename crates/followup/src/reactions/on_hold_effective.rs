//! No permit given before the hold can be heard any more.

use holdpoint_api::safety::v1::HoldEffective;
use holdpoint_journal::{ReactError, Tx};

use crate::domain::hold::{Hold, HoldState};

pub(super) async fn react(tx: &mut Tx, event: HoldEffective) -> Result<(), ReactError> {
    change_hold(tx, &event.hold, |hold| {
        if hold.state == HoldState::Placed {
            hold.state = HoldState::Effective;
        }
    })
    .await
    .map(drop)
}

/// Changes a hold that was placed before; safety's journal has it in that order, so one that is missing is parked.
pub(super) async fn change_hold(
    tx: &mut Tx,
    id: &str,
    change: impl FnOnce(&mut Hold) + Send,
) -> Result<Hold, ReactError> {
    let stored = tx.get::<Hold>(id).await?;
    let stored = stored.ok_or_else(|| ReactError::Park(format!("hold {id} was never placed here")))?;
    let mut hold = stored.value.clone();
    change(&mut hold);
    if hold != stored.value {
        tx.record(&stored, hold.clone(), []).await?;
    }
    Ok(hold)
}
