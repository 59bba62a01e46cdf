//! Decides whether a person may act in a role for one trial and site. A token says what someone is; enrollment's
//! delegation says where and until when. Both must allow. Services keep copies of the delegations they were told of,
//! and one they were not told of refuses.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Refused, catalog};
use crate::identity::{Actor, Role};

/// One person's authority to act in one role, as the site's delegation log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The person's account name, the token's principal.
    pub person: String,
    /// In which role.
    pub role: Role,
    /// For which trial.
    pub trial: String,
    /// At which site; none covers the whole trial and every site of it.
    pub site: Option<String>,
    /// In force from here on.
    pub from: Timestamp,
    /// The moment it ends; none stays in force.
    pub until: Option<Timestamp>,
}

impl Delegation {
    fn covers(&self, actor: &Actor, role: Role, trial: &str, site: Option<&str>, now: Timestamp) -> bool {
        self.person == actor.principal
            && self.role == role
            && self.trial == trial
            && (self.site.is_none() || self.site.as_deref() == site)
            && self.from <= now
            && self.until.is_none_or(|until| now < until)
    }
}

/// Whether the actor may act in the role at this moment of civil time. `site` is none for an act on the whole trial,
/// which takes a delegation for the whole trial. The token must carry the role in any case; services and
/// administrators need no delegation beyond it.
pub fn allows(
    delegations: &[Delegation],
    actor: &Actor,
    role: Role,
    trial: &str,
    site: Option<&str>,
    now: Timestamp,
) -> bool {
    let exempt = matches!(role, Role::Service | Role::Administrator);
    actor.has(role) && (exempt || delegations.iter().any(|given| given.covers(actor, role, trial, site, now)))
}

/// The first of the roles in which the actor may act, or the refusal that names them all.
pub fn require(
    delegations: &[Delegation],
    actor: &Actor,
    roles: &[Role],
    trial: &str,
    site: Option<&str>,
    now: Timestamp,
) -> Result<Role, Refused> {
    roles.iter().copied().find(|role| allows(delegations, actor, *role, trial, site, now)).ok_or_else(|| {
        let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        let place = site.map_or_else(|| "the whole trial".to_owned(), |site| format!("site {site}"));
        catalog::NOT_DELEGATED.refuse(format!(
            "{} has no delegation in force as {} for {place} of trial {trial}",
            actor.principal,
            names.join(" or ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::error::Reason;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn actor(principal: &str, roles: &[Role]) -> Actor {
        Actor {
            principal: principal.into(),
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            token_id: "t".into(),
            expires: Timestamp::MAX,
        }
    }

    fn given(site: Option<&str>) -> Delegation {
        Delegation {
            person: "ana".into(),
            role: Role::Investigator,
            trial: "pgf-msc".into(),
            site: site.map(Into::into),
            from: at(100),
            until: Some(at(200)),
        }
    }

    #[test]
    fn token_and_delegation_must_both_allow() {
        let ana = actor("ana", &[Role::Investigator]);
        let here = [given(Some("S1"))];
        let ask = |list: &[Delegation], who: &Actor, role, trial, site, second| {
            allows(list, who, role, trial, site, at(second))
        };
        assert!(ask(&here, &ana, Role::Investigator, "pgf-msc", Some("S1"), 100));
        assert!(ask(&[given(None)], &ana, Role::Investigator, "pgf-msc", Some("S2"), 199));
        assert!(ask(&[given(None)], &ana, Role::Investigator, "pgf-msc", None, 150));
        for (list, who, role, trial, site, second) in [
            (&here[..], &ana, Role::Investigator, "pgf-msc", Some("S1"), 99),
            (&here[..], &ana, Role::Investigator, "pgf-msc", Some("S1"), 200),
            (&here[..], &ana, Role::Investigator, "pgf-msc", Some("S2"), 150),
            (&here[..], &ana, Role::Investigator, "pgf-msc", None, 150),
            (&here[..], &ana, Role::Investigator, "als", Some("S1"), 150),
            (&here[..], &ana, Role::PrincipalInvestigator, "pgf-msc", Some("S1"), 150),
            (&here[..], &actor("ben", &[Role::Investigator]), Role::Investigator, "pgf-msc", Some("S1"), 150),
            (&here[..], &actor("ana", &[Role::Auditor]), Role::Investigator, "pgf-msc", Some("S1"), 150),
            (&[][..], &ana, Role::Investigator, "pgf-msc", Some("S1"), 150),
            (&[][..], &actor("root", &[Role::Administrator]), Role::BoardMember, "pgf-msc", None, 150),
        ] {
            assert!(!ask(list, who, role, trial, site, second), "{role} {trial} {site:?} {second}");
        }
        assert!(ask(&[], &actor("root", &[Role::Administrator]), Role::Administrator, "pgf-msc", None, 0));
        assert!(ask(&[], &actor("dosing", &[Role::Service]), Role::Service, "pgf-msc", None, 0));
    }

    #[test]
    fn the_refusal_names_person_roles_and_place() {
        let ana = actor("ana", &[Role::Investigator]);
        let roles = [Role::PrincipalInvestigator, Role::Investigator];
        assert_eq!(
            require(&[given(None)], &ana, &roles, "pgf-msc", Some("S1"), at(150)),
            Ok(Role::Investigator)
        );
        let refused = require(&[], &ana, &roles, "pgf-msc", Some("S1"), at(150)).unwrap_err();
        assert_eq!(refused.reason, Reason::PermissionDenied);
        assert_eq!(
            refused.message,
            "ana has no delegation in force as principal-investigator or investigator for site S1 of trial pgf-msc"
        );
    }
}
