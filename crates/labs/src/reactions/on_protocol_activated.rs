//! A protocol version is in force. It is parsed before it is kept: a file that does not load here, or is not the one its
//! digest names, is parked.

use holdpoint_api::enrollment::v1::ProtocolActivated;
use holdpoint_journal::{ReactError, Tx};

use super::moment;
use crate::protocols;
use crate::store::ProtocolVersion;

pub(super) async fn react(tx: &mut Tx, event: ProtocolActivated) -> Result<(), ReactError> {
    let named = event.protocol.unwrap_or_default();
    let version = ProtocolVersion {
        trial: named.trial.into(),
        version: named.version,
        digest: named.digest,
        file: event.trial_file,
        dictionaries: event.dictionaries,
        at: moment(event.at, "at")?,
    };
    protocols::load(&version).map_err(ReactError::Park)?;
    let known = tx.get::<ProtocolVersion>(&holdpoint_journal::Aggregate::id(&version)).await?;
    match known {
        Some(known) => drop(tx.record(&known, version, []).await?),
        None => drop(tx.record_new(&version, []).await?),
    }
    Ok(())
}
