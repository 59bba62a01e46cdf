//! A site and its calendar: a clinical day is the site's.

use holdpoint_api::enrollment::v1::SiteRegistered;
use holdpoint_journal::{Aggregate, Event, ReactError, Tx};
use jiff::tz::TimeZone;

use super::Reacted;
use super::read::message;
use crate::store::SiteRow;

pub(super) async fn apply(tx: &mut Tx, event: &Event) -> Reacted {
    let message: SiteRegistered = message(event)?;
    TimeZone::get(&message.time_zone)
        .map_err(|cause| ReactError::Park(format!("`time_zone` is none that is known: {cause}")))?;
    let row =
        SiteRow { trial: message.trial.into(), site: message.site.into(), time_zone: message.time_zone };
    match tx.get::<SiteRow>(&row.id()).await? {
        Some(known) => tx.update(&known, row).await?,
        None => tx.insert(&row).await?,
    };
    Ok(())
}
