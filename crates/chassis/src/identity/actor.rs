//! Who is acting: the checked content of a token, as commands, journal and delegations use it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Role;

/// A caller whose token was checked. Made by the server stack from a token, or by a service for its own timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who: a person's or feed's account name, or a service's name. Never a patient's.
    pub principal: String,
    /// In which roles.
    pub roles: BTreeSet<Role>,
    /// The token's own id (`jti`), for the audit trail.
    pub token_id: String,
    /// When the token stops to be valid; streams end then.
    pub expires: Timestamp,
}

impl Actor {
    /// A service acting for itself, on a timer or in a reaction, without a token.
    pub fn own_service(name: &str) -> Self {
        Self {
            principal: name.to_owned(),
            roles: BTreeSet::from([Role::Service]),
            token_id: String::new(),
            expires: Timestamp::MAX,
        }
    }

    /// Whether this is one of the services. A service token carries no other role.
    pub fn is_service(&self) -> bool {
        self.has(Role::Service)
    }

    /// Whether the token carries the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the token carries one of the roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }
}
