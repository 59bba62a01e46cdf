//! Trial files as followup asks them: the version that a subject is on.

use std::sync::Arc;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;

use crate::domain::subject::Subject;
use crate::error::NO_PROTOCOL;

/// The trial files that are known here. Clones share them.
#[derive(Clone, Default)]
pub struct Protocols {
    files: holdpoint_copies::protocols::Protocols,
}

impl Protocols {
    /// The version that a subject is on. Unknown or not arrived yet refuses.
    pub async fn of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Arc<Protocol>> {
        self.known_of_subject(tx, subject).await?.ok_or_else(|| unknown(subject))
    }

    /// The version that a subject is on; none where it is not known here.
    pub async fn known_of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Option<Arc<Protocol>>> {
        self.files.known(tx, &subject.trial, subject.protocol.as_deref()).await
    }
}

/// The refusal of an act on a subject whose version is not known here.
pub fn unknown(subject: &Subject) -> Error {
    let message = match &subject.protocol {
        Some(digest) => format!("version {digest} of trial {} is not known here", subject.trial),
        None => format!("the version of subject {} is not known here", subject.id),
    };
    NO_PROTOCOL.refuse(message).into()
}
