//! Whether a person may do this in this trial and site: enrollment's delegations, as far as dosing has heard of them.
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

/// Requires a delegation of one of the rpc's roles in some trial: for lots, which belong to no one trial. Answers each trial
/// where the person has one, with the role.
pub async fn require_somewhere(tx: &Tx, actor: &Actor, rpc: &str) -> Result<Vec<(TrialId, Role)>> {
    let known = known(tx, actor).await?;
    let (roles, now) = (roles(rpc), tx.by().at);
    let part = |given: &Delegation| {
        let (trial, site) = (given.trial.as_str(), given.site.as_deref());
        let role = delegation::require(&known, actor, &roles, trial, site, now).ok()?;
        Some((trial.into(), role))
    };
    let parts: Vec<_> = known.iter().filter_map(part).collect();
    if parts.is_empty() {
        delegation::require(&[], actor, &roles, "-", None, now)?;
    }
    Ok(parts)
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
