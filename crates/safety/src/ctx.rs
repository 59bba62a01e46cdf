//! What every command, reaction and reconciler of safety works with.

use std::collections::BTreeSet;
use std::sync::Arc;

use holdpoint_chassis::clock::Civil;
use holdpoint_chassis::delegation::{self, Delegation};
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_chassis::ids::Ids;
use holdpoint_journal::{By, Store, Stored};
use jiff::Timestamp;

use crate::NAME;
use crate::config::AlertSettings;
use crate::domain::ids::{Peer, SiteId, TrialId};
use crate::domain::permit::Terms;
use crate::instance::Instance;
use crate::rules::Protocols;
use crate::store::DelegationRow;
use crate::turns::Turns;

/// Safety's surroundings. Clones share them.
#[derive(Clone)]
pub struct Ctx {
    /// Safety's database.
    pub store: Store,
    /// The clinical clock.
    pub civil: Civil,
    /// Where ids come from.
    pub ids: Ids,
    /// Life and margin of permits.
    pub terms: Terms,
    /// How people are reminded.
    pub alerts: AlertSettings,
    /// What this instance knows.
    pub instance: Arc<Instance>,
    /// The services that safety follows: each of them checks every hold.
    pub followed: Arc<BTreeSet<Peer>>,
    /// The reports of a trial, one behind the other.
    pub turns: Arc<Turns>,
    /// The trial files, parsed.
    pub protocols: Arc<Protocols>,
}

/// Where a person must be delegated.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// At any site of the trial: what is on the safe side is open to all of its staff.
    Anywhere,
    /// At this site, or for the whole trial.
    Site(&'a SiteId),
    /// For the whole trial: what reaches beyond a site is not opened again by one site's staff.
    WholeTrial,
}

impl Ctx {
    /// Civil time.
    pub fn now(&self) -> Timestamp {
        self.civil.now()
    }

    /// A fresh id.
    pub fn id<T: From<String>>(&self) -> T {
        T::from(self.ids.next().to_string())
    }

    /// An act of safety itself: a timer's or a reaction's.
    pub fn own(&self) -> By {
        By::new(NAME, self.now())
    }

    /// Safety as a peer among peers.
    pub fn me() -> Peer {
        Peer::from(NAME)
    }

    /// The first of the roles in which the actor may act here, or the refusal that names them all.
    pub async fn allowed(
        &self,
        actor: &Actor,
        roles: &[Role],
        trial: &TrialId,
        place: Place<'_>,
    ) -> Result<Role> {
        let key = DelegationRow::of(trial.as_str(), &actor.principal);
        let rows: Vec<Stored<DelegationRow>> = self.store.find(&[("person", &key)]).await?;
        let given = rows.into_iter().map(|row| row.value.delegation).collect();
        self.allowed_by(given, (actor, roles), trial, place)
    }

    /// The same by the actor's delegations in the trial, where they were read.
    pub fn allowed_by(
        &self,
        mut given: Vec<Delegation>,
        (actor, roles): (&Actor, &[Role]),
        trial: &TrialId,
        place: Place<'_>,
    ) -> Result<Role> {
        let site = match place {
            Place::Site(site) => Some(site.as_str()),
            Place::WholeTrial => None,
            Place::Anywhere => {
                given.iter_mut().for_each(|delegation| delegation.site = None);
                None
            }
        };
        Ok(delegation::require(&given, actor, roles, trial.as_str(), site, self.now())?)
    }
}
