//! Decides who reads a journal: a service, whose claims count, or a person, whose do not.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use tonic::Request;

use crate::error::OTHER_NAME;

/// Who reads.
pub(super) enum Reader {
    /// A service, by its name.
    Service(String),
    /// An auditor or administrator.
    Person,
}

impl Reader {
    /// The reader by its token. A call within the process carries none and is taken at its word.
    pub(super) fn of<T>(request: &Request<T>, named: &str) -> Result<Self> {
        let Some(actor) = request.extensions().get::<Actor>() else {
            return Ok(Self::Service(named.to_owned()));
        };
        if !actor.is_service() {
            return Ok(Self::Person);
        }
        if actor.principal != named && named != ANY {
            let message = format!("{} may not speak as {named}", actor.principal);
            return Err(OTHER_NAME.refuse(message).into());
        }
        Ok(Self::Service(actor.principal.clone()))
    }
}

/// Where a request does not name its reader.
pub(super) const ANY: &str = "a reader";
