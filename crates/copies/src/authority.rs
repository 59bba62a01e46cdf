//! Whether a person may do this in this trial and site: enrollment's delegations, as far as the room has heard of them.
//! One that it has not heard of refuses.

use holdpoint_chassis::delegation::{self, Delegation};
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::Tx;

use crate::delegations::KnownDelegation;
use crate::ids::TrialId;

/// Requires a delegation of one of the rpc's roles for the trial and, where it is known, the site.
pub async fn require(tx: &Tx, actor: &Actor, rpc: &str, trial: &TrialId, site: Option<&str>) -> Result<Role> {
    let known = known(tx, actor).await?;
    Ok(delegation::require(&known, actor, &roles(rpc), trial.as_str(), site, tx.by().at)?)
}

/// Requires a delegation of one of the rpc's roles in some trial: for what belongs to no one trial, as a lot. Answers each
/// trial where the person has one, with the role.
pub async fn require_somewhere(tx: &Tx, actor: &Actor, rpc: &str) -> Result<Vec<(TrialId, Role)>> {
    let known = known(tx, actor).await?;
    let (roles, now) = (roles(rpc), tx.by().at);
    let part = |given: &Delegation| {
        let (trial, site) = (given.trial.as_str(), given.site.as_deref());
        let role = delegation::require(&known, actor, &roles, trial, site, now).ok()?;
        Some((TrialId::from(trial.to_owned()), role))
    };
    let parts: Vec<_> = known.iter().filter_map(part).collect();
    if parts.is_empty() {
        delegation::require(&[], actor, &roles, "-", None, now)?;
    }
    Ok(parts)
}

/// Requires a role that needs no delegation: an administrator's.
pub fn require_role(tx: &Tx, actor: &Actor, rpc: &str) -> Result<Role> {
    Ok(delegation::require(&[], actor, &roles(rpc), "-", None, tx.by().at)?)
}

/// The roles that the .proto names beside the rpc.
pub fn roles(rpc: &str) -> Vec<Role> {
    let method = holdpoint_api::METHODS.iter().find(|method| method.path == rpc);
    let numbers = method.map(|method| method.roles).unwrap_or_default();
    numbers.iter().filter_map(|number| Role::from_number(*number)).collect()
}

async fn known(tx: &Tx, actor: &Actor) -> Result<Vec<Delegation>> {
    let known = tx.find::<KnownDelegation>(&[("person", &actor.principal)]).await?;
    Ok(known.into_iter().filter_map(|one| one.value.in_force()).collect())
}
