//! Who may do what where, from when to when: safety keeps its own copy, and one it does not know refuses.

use holdpoint_api::enrollment::v1::RoleDelegated;
use holdpoint_chassis::delegation::Delegation;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{Event, ReactError, Tx};

use super::Reacted;
use super::read::{message, moment, optional_moment};
use crate::store::DelegationRow;

pub(super) async fn apply(tx: &mut Tx, event: &Event) -> Reacted {
    let message: RoleDelegated = message(event)?;
    let number = message.role;
    let role = Role::from_number(number)
        .ok_or_else(|| ReactError::Park(format!("`role` {number} is none that is known")))?;
    let delegation = Delegation {
        person: message.person,
        role,
        trial: message.trial,
        site: Some(message.site).filter(|site| !site.is_empty()),
        from: moment(message.from, "from")?,
        until: optional_moment(message.until, "until")?,
    };
    let row = DelegationRow { id: message.delegation, delegation };
    match tx.get::<DelegationRow>(&row.id).await? {
        Some(known) => tx.update(&known, row).await?,
        None => tx.insert(&row).await?,
    };
    Ok(())
}
