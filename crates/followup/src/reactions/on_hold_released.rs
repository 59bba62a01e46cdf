//! One hold was taken away; any other stays. Treatment visits that nothing holds any more go on: dosing moves their days.

use holdpoint_api::safety::v1::HoldReleased;
use holdpoint_copies::holds;
use holdpoint_journal::{ReactError, Tx};

pub(super) async fn react(tx: &mut Tx, event: HoldReleased) -> Result<(), ReactError> {
    holds::released(tx, &event.hold).await.map(drop)
}
