//! One transaction on one trial: the chain's head is locked first, so that what is read afterwards holds until the
//! commit, and each appended row knows its number (holds.md steps 2 and 6; the epoch is such a number).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Chain, Entry, Head, Stored, Tx};
use jiff::Timestamp;

use super::aggregates::at_epoch;
use super::{Subject, YES, in_trial};
use crate::domain::hold::Hold;
use crate::domain::ids::{Person, SubjectId, TrialId};
use crate::domain::permit::Permit;
use crate::domain::scope::Placement;

/// A transaction that holds the trial.
pub struct Trial<'a> {
    /// The transaction.
    pub tx: &'a mut Tx,
    /// The trial.
    pub id: TrialId,
    head: Head,
}

impl<'a> Trial<'a> {
    /// Locks the trial: the first statement of the transaction.
    pub async fn lock(tx: &'a mut Tx, id: &TrialId) -> Result<Self> {
        let head = tx.lock(&Chain::trial(id.as_str())).await?;
        tx.gather();
        Ok(Self { tx, id: id.clone(), head })
    }

    /// The trial's chain.
    pub fn chain(&self) -> Chain {
        Chain::trial(self.id.as_str())
    }

    /// The head of safety's chain of the trial when it was locked.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Number of the row that is appended next: the epoch of the hold transition that it carries.
    pub fn next_number(&self) -> u64 {
        self.tx.next_number(&self.chain()).unwrap_or(self.head.number + 1)
    }

    /// Civil time of the act.
    pub fn now(&self) -> Timestamp {
        self.tx.by().at
    }

    /// Who acts.
    pub fn by(&self) -> Person {
        Person::from(self.tx.by().principal.as_str())
    }

    /// Appends a row to the trial's chain. Every row of this transaction goes through here.
    pub fn tell(&mut self, entry: Entry) {
        self.tx.append(entry);
    }

    /// Every hold that is not released.
    pub async fn holds(&self) -> Result<Vec<Stored<Hold>>> {
        self.tx.find(&[("trial", self.id.as_str()), ("stands", YES)]).await
    }

    /// The trial's epoch: the number of its last hold transition, released holds included.
    pub async fn epoch(&self) -> Result<u64> {
        let (least, most) = self.epochs();
        let newest = self.tx.greatest::<Hold>("epoch", (&least, &most)).await?;
        Ok(newest.map_or(0, |hold| hold.epoch))
    }

    /// The keys of the first and the last epoch that the trial can have.
    pub fn epochs(&self) -> (String, String) {
        (at_epoch(&self.id, 0), at_epoch(&self.id, u64::MAX))
    }

    /// Every permit whose infusion or allocation is not known to be over.
    pub async fn in_flight(&self) -> Result<Vec<Stored<Permit>>> {
        self.tx.find(&[("trial", self.id.as_str()), ("in_flight", YES)]).await
    }

    /// Every permit that a subject was ever given.
    pub async fn permits_of(&self, subject: &SubjectId) -> Result<Vec<Stored<Permit>>> {
        self.tx.find(&[("subject", &in_trial(&self.id, subject))]).await
    }

    /// A subject's copy, where there is one.
    pub async fn subject(&self, subject: &SubjectId) -> Result<Option<Stored<Subject>>> {
        self.tx.get(&in_trial(&self.id, subject)).await
    }

    /// Safety's own view of the subjects of these permits.
    pub async fn placements(&self, permits: &[Stored<Permit>]) -> Result<BTreeMap<SubjectId, Placement>> {
        let subjects: BTreeSet<&SubjectId> =
            permits.iter().map(|permit| &permit.asked.placement.subject).collect();
        let ids: Vec<String> = subjects.into_iter().map(|subject| in_trial(&self.id, subject)).collect();
        let known = self.tx.get_all::<Subject>(&ids).await?;
        Ok(known.into_values().map(|known| (known.subject.clone(), known.placement())).collect())
    }

    /// Stores a subject's copy, known before or not.
    pub async fn put_subject(&mut self, before: Option<Stored<Subject>>, subject: Subject) -> Result<()> {
        match before {
            Some(before) if before.value == subject => {}
            Some(before) => {
                self.tx.update(&before, subject).await?;
            }
            None => {
                self.tx.insert(&subject).await?;
            }
        }
        Ok(())
    }
}
