//! The roles that exist, as tokens and settings write them. The list is that of `holdpoint.common.v1.Role`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// What a caller is in the trial. A token may carry several.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Role { $($(#[$doc])* $variant,)* }

        impl Role {
            /// Every role, in the order of the .proto.
            pub const ALL: &'static [Role] = &[$(Role::$variant,)*];

            /// The role as tokens, settings and refusals write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

roles! {
    /// Answers for the trial at a site; releases holds together with another person.
    PrincipalInvestigator = "principal-investigator",
    /// Assesses subjects, reports and judges adverse events.
    Investigator = "investigator",
    /// Runs screening, consent papers and the calendar.
    Coordinator = "coordinator",
    /// Receives, releases and accounts for product lots.
    Pharmacist = "pharmacist",
    /// Starts and stops infusions at the bedside.
    BedsideNurse = "bedside-nurse",
    /// A laboratory's system that sends results.
    LaboratoryFeed = "laboratory-feed",
    /// Watches safety, places and releases holds.
    SafetyOfficer = "safety-officer",
    /// Sits on the data and safety monitoring board.
    BoardMember = "board-member",
    /// Reads pooled data.
    Statistician = "statistician",
    /// Reads everything that is not sealed, changes nothing.
    Auditor = "auditor",
    /// Keeps the system running and its people registered.
    Administrator = "administrator",
    /// One of the services itself.
    Service = "service",
}

impl Role {
    /// The role behind a number of `holdpoint.common.v1.Role`; none for an unspecified or unknown number.
    pub fn from_number(number: i32) -> Option<Self> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        Self::ALL.get(index).copied()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no role; the roles are {}", Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", "))]
pub struct UnknownRole {
    /// The text found.
    pub found: String,
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_are_those_of_the_proto() {
        for role in Role::ALL {
            let name = format!("ROLE_{}", role.as_str().replace('-', "_").to_uppercase());
            let number = holdpoint_api::common::v1::Role::from_str_name(&name).unwrap();
            assert_eq!(Role::from_number(number as i32), Some(*role));
            assert_eq!(role.as_str().parse(), Ok(*role));
            assert_eq!(serde_json::to_string(role).unwrap(), format!("\"{role}\""));
        }
        let beyond = Role::ALL.len() as i32 + 1;
        assert!(holdpoint_api::common::v1::Role::try_from(beyond).is_err());
        assert_eq!(Role::from_number(0), None);
        assert_eq!(Role::from_number(beyond), None);
        assert_eq!(Role::from_number(-1), None);
    }
}
