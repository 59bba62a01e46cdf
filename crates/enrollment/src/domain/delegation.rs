//! Who may do what where, from when to when: the original of what every service copies. Ended, never deleted.

use holdpoint_chassis::delegation::Delegation;
use holdpoint_chassis::identity::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{DelegationId, SiteId, TrialId};

/// One delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegated {
    /// Its id.
    pub id: DelegationId,
    /// The trial.
    pub trial: TrialId,
    /// One site, or all.
    pub site: Option<SiteId>,
    /// The person, as tokens name them.
    pub person: String,
    /// What they may be.
    pub role: Role,
    /// From this moment on.
    pub from: Timestamp,
    /// Up to, but not at, this moment; none is until ended.
    pub until: Option<Timestamp>,
    /// When a person ended it.
    pub ended: Option<Timestamp>,
}

impl Delegated {
    /// Checks the span and who delegates: only an administrator names a principal investigator, who delegates the
    /// rest. Services and administrators are nobody's to name in a trial.
    pub fn check(&self, by_administrator: bool) -> Result<(), Refusal> {
        if self.until.is_some_and(|until| until <= self.from) {
            return Err(Refusal::SpanEmpty);
        }
        let lead = self.role == Role::PrincipalInvestigator;
        if matches!(self.role, Role::Service | Role::Administrator) || (lead && !by_administrator) {
            return Err(Refusal::RoleNotDelegable { role: self.role });
        }
        Ok(())
    }

    /// Ends it. What was ended stays ended.
    pub fn end(mut self, at: Timestamp) -> Result<Self, Refusal> {
        if self.ended.is_some() {
            return Err(Refusal::DelegationEnded);
        }
        self.ended = Some(at);
        Ok(self)
    }

    /// As every service keeps it: in force up to its end, whichever end comes first.
    pub fn delegation(&self) -> Delegation {
        Delegation {
            person: self.person.clone(),
            role: self.role,
            trial: self.trial.to_string(),
            site: self.site.as_ref().map(ToString::to_string),
            from: self.from,
            until: [self.until, self.ended].into_iter().flatten().min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn delegation(role: Role) -> Delegated {
        Delegated {
            id: "d1".parse().unwrap(),
            trial: "pgf-msc".parse().unwrap(),
            site: Some("cq2".parse().unwrap()),
            person: "ivy".into(),
            role,
            from: at(100),
            until: Some(at(200)),
            ended: None,
        }
    }

    #[test]
    fn it_ends_with_the_earlier_of_its_ends_and_once() {
        let given = delegation(Role::Investigator);
        assert_eq!(given.delegation().until, Some(at(200)));
        let ended = given.end(at(150)).unwrap();
        assert_eq!(ended.delegation().until, Some(at(150)));
        assert_eq!(ended.end(at(160)), Err(Refusal::DelegationEnded));
    }

    #[test]
    fn only_an_administrator_names_a_principal_investigator() {
        assert!(delegation(Role::PrincipalInvestigator).check(true).is_ok());
        assert!(delegation(Role::PrincipalInvestigator).check(false).is_err());
        assert!(delegation(Role::BoardMember).check(false).is_ok());
        assert!(delegation(Role::Service).check(true).is_err());
        let backwards = Delegated { until: Some(at(100)), ..delegation(Role::Coordinator) };
        assert_eq!(backwards.check(false), Err(Refusal::SpanEmpty));
    }
}
