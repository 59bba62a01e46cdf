//! Who may do what where. Whoever is not delegated, as far as dosing has heard, is refused.

use holdpoint_api::enrollment::v1::RoleDelegated;
use holdpoint_chassis::delegation::Delegation;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{ReactError, Tx};

use super::{moment, some};
use crate::store::KnownDelegation;

pub(super) async fn react(tx: &mut Tx, event: RoleDelegated) -> Result<(), ReactError> {
    let role = Role::from_number(event.role)
        .ok_or_else(|| ReactError::Park(format!("role {} is not known to this version", event.role)))?;
    let until = event.until.map(|until| moment(Some(until), "until")).transpose()?;
    let grant = Delegation {
        person: event.person,
        role,
        trial: event.trial,
        site: some(event.site),
        from: moment(event.from, "from")?,
        until,
    };
    match tx.get::<KnownDelegation>(&event.delegation).await? {
        Some(known) => {
            let next = KnownDelegation { grant: Some(grant), ..known.value.clone() };
            tx.record(&known, next, []).await?;
        }
        None => {
            let next = KnownDelegation { id: event.delegation, grant: Some(grant), ended: None };
            tx.record_new(&next, []).await?;
        }
    }
    Ok(())
}
