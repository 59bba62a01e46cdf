//! One hold was taken away; any other stays. Treatment visits that nothing holds any more go on: dosing moves their days.

use holdpoint_api::safety::v1::HoldReleased;
use holdpoint_journal::{ReactError, Tx};

use super::on_hold_effective::change_hold;
use crate::domain::hold::HoldState;

pub(super) async fn react(tx: &mut Tx, event: HoldReleased) -> Result<(), ReactError> {
    change_hold(tx, &event.hold, |hold| hold.state = HoldState::Released).await.map(drop)
}
