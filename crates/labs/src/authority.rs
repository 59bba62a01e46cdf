//! Whether a person may do this in this trial and site: enrollment's delegations, as far as labs has heard of them.
//! One that it has not heard of refuses.

use holdpoint_chassis::delegation::{self, Delegation};
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::Tx;

use crate::domain::ids::TrialId;
use crate::store::KnownDelegation;

/// Requires a delegation of one of the rpc's roles for the trial and, where it is known, the site.
pub async fn require(tx: &Tx, actor: &Actor, rpc: &str, trial: &TrialId, site: Option<&str>) -> Result<Role> {
    let known = known(tx, actor).await?;
    Ok(delegation::require(&known, actor, &roles(rpc), trial.as_str(), site, tx.by().at)?)
}

/// Requires a role that needs no delegation: an administrator's.
pub fn require_role(tx: &Tx, actor: &Actor, rpc: &str) -> Result<Role> {
    Ok(delegation::require(&[], actor, &roles(rpc), "-", None, tx.by().at)?)
}

async fn known(tx: &Tx, actor: &Actor) -> Result<Vec<Delegation>> {
    let known = tx.find::<KnownDelegation>(&[("person", &actor.principal)]).await?;
    let in_force = known.into_iter().filter_map(|one| {
        let KnownDelegation { grant, ended, .. } = one.value;
        let grant = grant?;
        let until = [grant.until, ended].into_iter().flatten().min();
        Some(Delegation { until, ..grant })
    });
    Ok(in_force.collect())
}

/// The roles that the .proto names beside the rpc.
fn roles(rpc: &str) -> Vec<Role> {
    let method = holdpoint_api::METHODS.iter().find(|method| method.path == rpc);
    let numbers = method.map(|method| method.roles).unwrap_or_default();
    numbers.iter().filter_map(|number| Role::from_number(*number)).collect()
}
