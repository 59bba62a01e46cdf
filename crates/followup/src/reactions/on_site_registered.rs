//! A site and its calendar: "on the day" is the site's calendar day (protocols README, sentence 22).

use holdpoint_api::enrollment::v1::SiteRegistered;
use holdpoint_journal::{ReactError, Tx};

use crate::store::Site;

pub(super) async fn react(tx: &mut Tx, event: SiteRegistered) -> Result<(), ReactError> {
    let site = Site { trial: event.trial.into(), id: event.site, time_zone: event.time_zone };
    match tx.get::<Site>(&holdpoint_journal::Aggregate::id(&site)).await? {
        Some(known) => drop(tx.record(&known, site, []).await?),
        None => drop(tx.record_new(&site, []).await?),
    }
    Ok(())
}
