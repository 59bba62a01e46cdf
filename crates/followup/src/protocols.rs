//! Trial files as followup asks them: the version that a subject is on.

use std::sync::Arc;

use holdpoint_chassis::error::Result;
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
        let known = self.known_of_subject(tx, subject).await?;
        let refusal = || match &subject.protocol {
            Some(digest) => format!("version {digest} of trial {} is not known here", subject.trial),
            None => format!("the version of subject {} is not known here", subject.id),
        };
        known.ok_or_else(|| NO_PROTOCOL.refuse(refusal()).into())
    }

    /// The version that a subject is on; none where it is not known here.
    pub async fn known_of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Option<Arc<Protocol>>> {
        self.files.known(tx, &subject.trial, subject.protocol.as_deref()).await
    }
}
