//! A delegation ended: from then on it allows nothing.

use holdpoint_api::enrollment::v1::DelegationEnded;
use holdpoint_journal::{ReactError, Tx};

use super::moment;
use crate::store::KnownDelegation;

pub(super) async fn react(tx: &mut Tx, event: DelegationEnded) -> Result<(), ReactError> {
    let ended = Some(moment(event.at, "at")?);
    match tx.get::<KnownDelegation>(&event.delegation).await? {
        Some(known) => {
            let next = KnownDelegation { ended, ..known.value.clone() };
            tx.record(&known, next, []).await?;
        }
        None => {
            tx.record_new(&KnownDelegation { id: event.delegation, grant: None, ended }, []).await?;
        }
    }
    Ok(())
}
