//! Registers a site of a trial: where subjects are treated, and whose calendar a clinical day is.

use holdpoint_chassis::error::Result;
use jiff::tz::TimeZone;

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::trial::Site;
use crate::error::FIELDS;
use crate::events;

/// Which site.
#[derive(Clone)]
pub struct RegisterSite {
    /// The trial.
    pub trial: TrialId,
    /// The site.
    pub site: Site,
}

/// Registers it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RegisterSite) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    if TimeZone::get(&cmd.site.time_zone).is_err() {
        let found = Some(cmd.site.time_zone.clone());
        let refused = FIELDS.refuse("the time zone is not known");
        return Err(refused.field("time_zone", found, "an IANA name such as Asia/Shanghai").into());
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    call.role(&tx, &cmd.trial, None).await?;
    let entry = events::site_registered(&cmd.trial, &cmd.site);
    let changed = trial.value.clone().add_site(cmd.site)?;
    tx.record(&trial, changed, [entry]).await?;
    call.finish(tx, ()).await
}
