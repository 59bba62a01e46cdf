//! Trial files as labs knows them: stored as enrollment sent them, worked out once, found by their digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;

use crate::domain::subject::Subject;
use crate::domain::watched::Watched;
use crate::store::{ProtocolVersion, within};

/// Versions by digest. Clones share them.
#[derive(Clone, Default)]
pub struct Protocols {
    known: Arc<Mutex<BTreeMap<String, Arc<Watched>>>>,
}

impl Protocols {
    /// What the version that a subject is on asks of the laboratory. None while it is not known here.
    pub async fn of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Option<Arc<Watched>>> {
        let Some(digest) = &subject.protocol else { return Ok(None) };
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(digest) {
            return Ok(Some(known.clone()));
        }
        let stored = tx.get::<ProtocolVersion>(&within(&subject.whose.trial, digest)).await?;
        stored.map(|stored| self.work_out(&stored)).transpose()
    }

    /// What a stored version asks. One that was put in force and does not load is a fault.
    fn work_out(&self, version: &ProtocolVersion) -> Result<Arc<Watched>> {
        let protocol = load(version).map_err(|why| Error::fault(anyhow::anyhow!(why)))?;
        let watched = Arc::new(Watched::of(Arc::new(protocol)));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(version.digest.clone(), watched.clone());
        Ok(watched)
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
