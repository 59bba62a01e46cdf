//! A hold became final after its assessment: another kind, nothing of it lifted.

use holdpoint_api::safety::v1::HoldReclassified;
use holdpoint_journal::{ReactError, Tx};

use super::on_hold_effective::change_hold;
use super::on_hold_placed::kind;

pub(super) async fn react(tx: &mut Tx, event: HoldReclassified) -> Result<(), ReactError> {
    change_hold(tx, &event.hold, |hold| hold.kind = kind(event.kind).to_owned()).await.map(drop)
}
