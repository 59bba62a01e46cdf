//! Says who may do what where. The administrator names the principal investigator, who delegates the rest.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Role;
use jiff::Timestamp;

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::delegation::Delegated;
use crate::domain::ids::{DelegationId, SiteId, TrialId};
use crate::events;

/// What is delegated.
#[derive(Clone)]
pub struct DelegateRole {
    /// The trial.
    pub trial: TrialId,
    /// One site, or all.
    pub site: Option<SiteId>,
    /// Whom.
    pub person: String,
    /// As what.
    pub role: Role,
    /// From when; none is from here on.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// Delegates it; answers the delegation's id.
pub async fn run(ctx: &Ctx, call: &Call, cmd: DelegateRole) -> Result<DelegationId> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let acting = call.role(&tx, &cmd.trial, cmd.site.as_ref()).await?;
    if let Some(site) = &cmd.site {
        trial.site(site)?;
    }
    let given = Delegated {
        id: ctx.ids.next().into(),
        trial: cmd.trial,
        site: cmd.site,
        person: cmd.person,
        role: cmd.role,
        from: cmd.from.unwrap_or(call.by.at),
        until: cmd.until,
        ended: None,
    };
    given.check(acting == Role::Administrator)?;
    tx.record_new(&given, [events::role_delegated(&given)]).await?;
    call.finish(tx, given.id).await
}
