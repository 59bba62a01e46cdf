//! Trial files as a room knows them: stored as enrollment sent them, parsed once, found by their digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_api::enrollment::v1::ProtocolActivated;
use holdpoint_chassis::error::{self, Error};
use holdpoint_journal::{Aggregate, Key, ReactError, Tx};
use holdpoint_protocol::Protocol;
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use crate::ids::TrialId;
use crate::read::moment;
use crate::within;

/// One version of a trial's file, as enrollment put it in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolVersion {
    /// The trial.
    pub trial: TrialId,
    /// The version's name.
    pub version: String,
    /// SHA-256 of file and dictionaries.
    pub digest: String,
    /// The file's text.
    pub file: String,
    /// Dictionary name to text.
    pub dictionaries: BTreeMap<String, String>,
    /// When it was put in force.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

impl Aggregate for ProtocolVersion {
    const TABLE: &'static str = "protocol";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        within(&self.trial, &self.digest)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

impl ProtocolVersion {
    /// The typed protocol, where the file loads and is the one its digest names; else why not.
    pub fn load(&self) -> Result<Protocol, String> {
        // The file names a dictionary with its version, the loader by its name alone.
        let by_name = |(name, text): (&String, &String)| {
            (name.split('@').next().unwrap_or(name).to_owned(), text.clone())
        };
        let dictionaries = self.dictionaries.iter().map(by_name).collect();
        let name = format!("{} {}", self.trial, self.version);
        let protocol = holdpoint_protocol::load(&name, &self.file, &dictionaries).map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            format!("the file of {name} does not load: {first}")
        })?;
        let digest = protocol.digest.to_string();
        if digest == self.digest {
            Ok(protocol)
        } else {
            Err(format!("the file of {name} has digest {digest}, its event says {}", self.digest))
        }
    }
}

/// A version is in force. It is parsed before it is kept: a file that does not load here, or is not the one its digest
/// names, is parked, and nothing that hangs on it goes on until that is settled.
pub async fn activated(tx: &mut Tx, event: ProtocolActivated) -> Result<(), ReactError> {
    let named = event.protocol.unwrap_or_default();
    let version = ProtocolVersion {
        trial: named.trial.into(),
        version: named.version,
        digest: named.digest,
        file: event.trial_file,
        dictionaries: event.dictionaries,
        at: moment(event.at, "at")?,
    };
    version.load().map_err(ReactError::Park)?;
    match tx.get::<ProtocolVersion>(&version.id()).await? {
        Some(known) => drop(tx.record(&known, version, []).await?),
        None => drop(tx.record_new(&version, []).await?),
    }
    Ok(())
}

/// Parsed versions by trial and digest. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Protocols {
    parsed: Arc<Mutex<BTreeMap<String, Arc<Protocol>>>>,
}

impl Protocols {
    /// The version of a trial that a digest names; none where none is named or it is not known here.
    pub async fn known(
        &self,
        tx: &Tx,
        trial: &TrialId,
        digest: Option<&str>,
    ) -> error::Result<Option<Arc<Protocol>>> {
        let Some(digest) = digest else { return Ok(None) };
        let id = within(trial, digest);
        if let Some(known) = self.parsed.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Some(known.clone()));
        }
        let stored = tx.get::<ProtocolVersion>(&id).await?;
        stored.map(|stored| self.parse(&stored)).transpose()
    }

    /// The version in force: the one activated last; none where no version is known here.
    pub async fn in_force(&self, tx: &Tx, trial: &TrialId) -> error::Result<Option<Arc<Protocol>>> {
        let versions = tx.find::<ProtocolVersion>(&[("trial", trial.as_str())]).await?;
        let newest = versions.iter().max_by_key(|version| version.at);
        newest.map(|newest| self.parse(newest)).transpose()
    }

    /// The typed protocol of a stored version. One that was put in force and does not load is a fault.
    pub fn parse(&self, version: &ProtocolVersion) -> error::Result<Arc<Protocol>> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.get(&version.id()) {
            return Ok(known.clone());
        }
        let protocol = Arc::new(version.load().map_err(|why| Error::fault(anyhow::anyhow!(why)))?);
        parsed.insert(version.id(), protocol.clone());
        Ok(protocol)
    }
}
