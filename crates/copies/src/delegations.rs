//! Who may do what where, as far as a room has heard of enrollment's delegations. One that it has not heard of allows
//! nothing; one that ended allows nothing from then on, whichever of the two words arrives first.

use holdpoint_api::enrollment::v1::{DelegationEnded, RoleDelegated};
use holdpoint_chassis::delegation::Delegation;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{Aggregate, Key, ReactError, Tx};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use crate::read::{moment, optional_moment, some};

/// Enrollment's word on who may do what where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDelegation {
    /// Its id at enrollment.
    pub id: String,
    /// Who, what, where, from when to when.
    pub grant: Option<Delegation>,
    /// Ended at, where the end was heard of; it may arrive before the beginning.
    #[serde(with = "micros::optional")]
    pub ended: Option<Timestamp>,
}

impl KnownDelegation {
    /// What it allows, to the earlier of its two ends; none while only its end was heard of.
    pub fn in_force(self) -> Option<Delegation> {
        let grant = self.grant?;
        let until = [grant.until, self.ended].into_iter().flatten().min();
        Some(Delegation { until, ..grant })
    }
}

impl Aggregate for KnownDelegation {
    const TABLE: &'static str = "delegation";
    const KEYS: &'static [Key] = &[Key::index("person")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![self.grant.as_ref().map(|grant| grant.person.clone())]
    }
}

/// A role was delegated to a person.
pub async fn given(tx: &mut Tx, event: RoleDelegated) -> Result<(), ReactError> {
    let role = Role::from_number(event.role)
        .ok_or_else(|| ReactError::Park(format!("role {} is not known to this version", event.role)))?;
    let grant = Delegation {
        person: event.person,
        role,
        trial: event.trial,
        site: some(event.site),
        from: moment(event.from, "from")?,
        until: optional_moment(event.until, "until")?,
    };
    change(tx, event.delegation, |known| known.grant = Some(grant)).await
}

/// A delegation ended: from then on it allows nothing.
pub async fn ended(tx: &mut Tx, event: DelegationEnded) -> Result<(), ReactError> {
    let ended = moment(event.at, "at")?;
    change(tx, event.delegation, |known| known.ended = Some(ended)).await
}

async fn change(
    tx: &mut Tx,
    id: String,
    change: impl FnOnce(&mut KnownDelegation) + Send,
) -> Result<(), ReactError> {
    let stored = tx.get::<KnownDelegation>(&id).await?;
    let mut next = match &stored {
        Some(known) => known.value.clone(),
        None => KnownDelegation { id, grant: None, ended: None },
    };
    change(&mut next);
    match stored {
        Some(known) => drop(tx.record(&known, next, []).await?),
        None => drop(tx.record_new(&next, []).await?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn known(until: Option<i64>, ended: Option<i64>) -> KnownDelegation {
        let grant = Delegation {
            person: "ana".to_owned(),
            role: Role::Investigator,
            trial: "pgf-msc".to_owned(),
            site: None,
            from: at(0),
            until: until.map(at),
        };
        KnownDelegation { id: "d-1".to_owned(), grant: Some(grant), ended: ended.map(at) }
    }

    #[test]
    fn it_is_in_force_to_the_earlier_of_its_ends() {
        let until = |known: KnownDelegation| known.in_force().unwrap().until;
        assert_eq!(until(known(None, None)), None);
        assert_eq!(until(known(Some(9), None)), Some(at(9)));
        assert_eq!(until(known(Some(9), Some(5))), Some(at(5)));
        assert_eq!(until(known(Some(5), Some(9))), Some(at(5)));
    }

    #[test]
    fn one_of_which_only_the_end_was_heard_allows_nothing() {
        let end = KnownDelegation { grant: None, ..known(None, Some(5)) };
        assert_eq!(end.in_force(), None);
    }
}
