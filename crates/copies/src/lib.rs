//! What every room knows of the others: copies of a trial's sites, delegations, protocol versions and holds, each kept in
//! the room's own database as the owner's events told it. Enrollment owns the first three, safety the holds; nobody's
//! safety depends on a copy. A room keeps [`tables`], gives each event to [`hear`] (and to [`holds::hear`], where it keeps
//! holds), and asks [`authority`] before a person's act.

pub mod authority;
pub mod delegations;
mod domain;
pub mod holds;
pub mod protocols;
pub mod read;
pub mod sites;

use holdpoint_journal::{Event, ReactError, TableSpec, Tx};

pub use domain::{hold, ids};

use crate::delegations::KnownDelegation;
use crate::ids::TrialId;
use crate::protocols::ProtocolVersion;
use crate::sites::Site;

/// The tables of what enrollment tells every room alike.
pub fn tables() -> [TableSpec; 3] {
    [TableSpec::of::<Site>(), TableSpec::of::<KnownDelegation>(), TableSpec::of::<ProtocolVersion>()]
}

/// How a thing of a trial is found among all trials'.
pub fn within(trial: &TrialId, name: &str) -> String {
    format!("{trial}/{name}")
}

/// Keeps what enrollment tells every room alike; false where the event tells something else.
pub async fn hear(tx: &mut Tx, event: &Event) -> Result<bool, ReactError> {
    match event.kind.as_str() {
        "holdpoint.enrollment.v1.SiteRegistered" => sites::registered(tx, read::message(event)?).await?,
        "holdpoint.enrollment.v1.RoleDelegated" => delegations::given(tx, read::message(event)?).await?,
        "holdpoint.enrollment.v1.DelegationEnded" => delegations::ended(tx, read::message(event)?).await?,
        "holdpoint.enrollment.v1.ProtocolActivated" => {
            protocols::activated(tx, read::message(event)?).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}
