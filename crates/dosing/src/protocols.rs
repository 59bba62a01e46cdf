//! Trial files as dosing asks them: the version that a subject is on or that is in force, and what its ladders look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Role;
use holdpoint_copies::protocols::ProtocolVersion;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;

use crate::domain::ids::TrialId;
use crate::domain::subject::Subject;
use crate::error::NO_PROTOCOL;

/// Facts by their names in the dictionaries.
pub type FactNames = Arc<BTreeSet<String>>;

/// The trial files that are known here. Clones share them.
#[derive(Clone, Default)]
pub struct Protocols {
    files: holdpoint_copies::protocols::Protocols,
    /// Of each trial, with so many versions known: the facts that the ladders of its drugs ask for.
    ladder_facts: Arc<Mutex<BTreeMap<(String, u64), FactNames>>>,
}

impl Protocols {
    /// The version that a subject is on. Unknown or not arrived yet refuses.
    pub async fn of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Arc<Protocol>> {
        let known = self.files.known(tx, &subject.trial, subject.protocol.as_deref()).await?;
        known.ok_or_else(|| {
            let version = subject.protocol.as_deref().unwrap_or("the version");
            let words =
                format!("{version} of subject {} of trial {} is not known here", subject.id, subject.trial);
            NO_PROTOCOL.refuse(words).into()
        })
    }

    /// The facts that the ladders of a trial's drugs ask for, in any of its versions; none while no version is known.
    pub async fn ladder_facts(&self, tx: &Tx, trial: &str) -> Result<Option<FactNames>> {
        let versions = tx.count::<ProtocolVersion>(&[("trial", trial)]).await?;
        if versions == 0 {
            return Ok(None);
        }
        let key = (trial.to_owned(), versions);
        if let Some(known) = self.ladder_facts.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(known.clone()));
        }
        let mut facts = BTreeSet::new();
        for version in tx.find::<ProtocolVersion>(&[("trial", trial)]).await? {
            let protocol = self.files.parse(&version)?;
            let ladders = protocol.regimens.values().filter_map(|regimen| regimen.ladder.as_ref());
            let atoms = ladders.flat_map(|ladder| &ladder.lines).flat_map(|line| line.when.atoms());
            facts.extend(atoms.map(|atom| atom.fact.id.to_string()));
        }
        let facts = Arc::new(facts);
        self.ladder_facts.lock().unwrap_or_else(PoisonError::into_inner).insert(key, facts.clone());
        Ok(Some(facts))
    }

    /// The version in force: the one activated last.
    pub async fn in_force(&self, tx: &Tx, trial: &TrialId) -> Result<Arc<Protocol>> {
        let known = self.files.in_force(tx, trial).await?;
        known.ok_or_else(|| NO_PROTOCOL.refuse(format!("no version of trial {trial} is known here")).into())
    }

    /// The versions of a trial, by digest, whose file lets a role know the arm. One that is not known here is not among them.
    pub async fn open_to(&self, tx: &Tx, trial: &str, role: Role) -> Result<BTreeSet<String>> {
        let mut open = BTreeSet::new();
        for version in tx.find::<ProtocolVersion>(&[("trial", trial)]).await? {
            if !self.files.parse(&version)?.allocation.is_blind(role.as_str()) {
                open.insert(version.value.digest);
            }
        }
        Ok(open)
    }

    /// Whether any version of a trial keeps a role from knowing the arm.
    pub async fn is_blind(&self, tx: &Tx, trial: &str, role: Role) -> Result<bool> {
        let versions = tx.count::<ProtocolVersion>(&[("trial", trial)]).await?;
        Ok(self.open_to(tx, trial, role).await?.len() as u64 != versions)
    }
}
