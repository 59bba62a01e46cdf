//! What a token says: an EdDSA JWT (RFC 7519, RFC 8037) of at most 15 minutes' life. Every claim is required and has
//! one form; whatever has another form is no token.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Role;

/// The one issuer and audience: tokens of other systems say nothing here.
pub const AUDIENCE: &str = "holdpoint";
/// The longest life that is accepted, whatever the token itself says.
pub const LONGEST_LIFE: Duration = Duration::from_secs(15 * 60);
/// The life given where nobody asks for another.
pub const USUAL_LIFE: Duration = Duration::from_secs(10 * 60);

/// The claims, in the forms that are accepted. Times are whole seconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made the token.
    pub iss: String,
    /// For whom it is made: one text, never a list.
    pub aud: String,
    /// Who is speaking.
    pub sub: String,
    /// In which roles.
    pub roles: BTreeSet<Role>,
    /// When it was made.
    pub iat: i64,
    /// Not valid before.
    pub nbf: i64,
    /// Not valid from here on.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
}

impl Claims {
    /// Claims for a principal, valid from now for the given life.
    pub fn new(
        principal: impl Into<String>,
        roles: impl IntoIterator<Item = Role>,
        now: Timestamp,
        life: Duration,
        id: impl Into<String>,
    ) -> Self {
        let from = now.as_second();
        Self {
            iss: AUDIENCE.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: principal.into(),
            roles: roles.into_iter().collect(),
            iat: from,
            nbf: from,
            exp: from.saturating_add(i64::try_from(life.as_secs()).unwrap_or(i64::MAX)),
            jti: id.into(),
        }
    }
}
