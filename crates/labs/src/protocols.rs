//! Trial files as labs asks them: what each version wants of the laboratory, worked out once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;

use crate::domain::subject::Subject;
use crate::domain::watched::Watched;

/// Versions by digest. Clones share them.
#[derive(Clone, Default)]
pub struct Protocols {
    files: holdpoint_copies::protocols::Protocols,
    known: Arc<Mutex<BTreeMap<String, Arc<Watched>>>>,
}

impl Protocols {
    /// What the version that a subject is on asks of the laboratory. None while it is not known here.
    pub async fn of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Option<Arc<Watched>>> {
        let Some(digest) = &subject.protocol else { return Ok(None) };
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(digest) {
            return Ok(Some(known.clone()));
        }
        let file = self.files.known(tx, &subject.whose.trial, Some(digest)).await?;
        let Some(watched) = file.map(|file| Arc::new(Watched::of(file))) else { return Ok(None) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(digest.clone(), watched.clone());
        Ok(Some(watched))
    }
}
