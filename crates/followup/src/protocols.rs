//! Trial files as followup knows them: stored as enrollment sent them, parsed once, found by their digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;

use crate::domain::subject::Subject;
use crate::error::NO_PROTOCOL;
use crate::store::{ProtocolVersion, within};

/// Parsed versions by digest. Clones share them.
#[derive(Clone, Default)]
pub struct Protocols {
    parsed: Arc<Mutex<BTreeMap<String, Arc<Protocol>>>>,
}

impl Protocols {
    /// The version that a subject is on. Unknown or not arrived yet refuses.
    pub async fn of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Arc<Protocol>> {
        let known = self.known_of_subject(tx, subject).await?;
        let refusal = || match &subject.protocol {
            Some(digest) => format!("version {digest} of trial {} is not known here", subject.trial),
            None => format!("the version of subject {} is not known here", subject.id),
        };
        known.ok_or_else(|| NO_PROTOCOL.refuse(refusal()).into())
    }

    /// The version that a subject is on; none where it is not known here.
    pub async fn known_of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Option<Arc<Protocol>>> {
        let Some(digest) = &subject.protocol else { return Ok(None) };
        if let Some(known) = self.parsed.lock().unwrap_or_else(PoisonError::into_inner).get(digest) {
            return Ok(Some(known.clone()));
        }
        let stored = tx.get::<ProtocolVersion>(&within(&subject.trial, digest)).await?;
        stored.map(|stored| self.parse(&stored)).transpose()
    }

    /// The typed protocol of a stored version. One that was put in force and does not load is a fault.
    pub fn parse(&self, version: &ProtocolVersion) -> Result<Arc<Protocol>> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.get(&version.digest) {
            return Ok(known.clone());
        }
        let protocol = Arc::new(load(version).map_err(|why| Error::fault(anyhow::anyhow!(why)))?);
        parsed.insert(version.digest.clone(), protocol.clone());
        Ok(protocol)
    }
}

/// Loads a version and checks that it is the one its digest names.
pub fn load(version: &ProtocolVersion) -> std::result::Result<Protocol, String> {
    let dictionaries = version
        .dictionaries
        .iter()
        .map(|(name, text)| (name.split('@').next().unwrap_or(name).to_owned(), text.clone()))
        .collect();
    let name = format!("{} {}", version.trial, version.version);
    let protocol = holdpoint_protocol::load(&name, &version.file, &dictionaries).map_err(|findings| {
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        format!("the file of {name} does not load: {first}")
    })?;
    let digest = protocol.digest.to_string();
    if digest == version.digest {
        Ok(protocol)
    } else {
        Err(format!("the file of {name} has digest {digest}, its event says {}", version.digest))
    }
}
