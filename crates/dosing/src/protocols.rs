//! Trial files as dosing knows them: stored as enrollment sent them, parsed once, found by their digest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Role;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;

use crate::domain::subject::Subject;
use crate::error::NO_PROTOCOL;
use crate::store::{ProtocolVersion, within};

/// Facts by their names in the dictionaries.
pub type FactNames = Arc<BTreeSet<String>>;

/// Parsed versions by digest. Clones share them.
#[derive(Clone, Default)]
pub struct Protocols {
    parsed: Arc<Mutex<BTreeMap<String, Arc<Protocol>>>>,
    /// Of each trial, with so many versions known: the facts that the ladders of its drugs ask for.
    ladder_facts: Arc<Mutex<BTreeMap<(String, u64), FactNames>>>,
}

impl Protocols {
    /// The version that a subject is on. Unknown or not arrived yet refuses.
    pub async fn of_subject(&self, tx: &Tx, subject: &Subject) -> Result<Arc<Protocol>> {
        let Some(digest) = &subject.protocol else {
            return Err(NO_PROTOCOL
                .refuse(format!("the version of subject {} is not known here", subject.id))
                .into());
        };
        let stored = tx.get::<ProtocolVersion>(&within(&subject.trial, digest)).await?;
        let stored = stored.ok_or_else(|| {
            NO_PROTOCOL.refuse(format!("version {digest} of trial {} is not known here", subject.trial))
        })?;
        self.parse(&stored)
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
            let protocol = self.parse(&version)?;
            let ladders = protocol.regimens.values().filter_map(|regimen| regimen.ladder.as_ref());
            let atoms = ladders.flat_map(|ladder| &ladder.lines).flat_map(|line| line.when.atoms());
            facts.extend(atoms.map(|atom| atom.fact.id.to_string()));
        }
        let facts = Arc::new(facts);
        self.ladder_facts.lock().unwrap_or_else(PoisonError::into_inner).insert(key, facts.clone());
        Ok(Some(facts))
    }

    /// The version in force: the one activated last.
    pub async fn in_force(&self, tx: &Tx, trial: &str) -> Result<Arc<Protocol>> {
        let versions = tx.find::<ProtocolVersion>(&[("trial", trial)]).await?;
        let newest = versions.iter().max_by_key(|version| version.at);
        let newest =
            newest.ok_or_else(|| NO_PROTOCOL.refuse(format!("no version of trial {trial} is known here")))?;
        self.parse(newest)
    }

    /// The versions of a trial, by digest, whose file lets a role know the arm. One that is not known here is not among them.
    pub async fn open_to(&self, tx: &Tx, trial: &str, role: Role) -> Result<BTreeSet<String>> {
        let mut open = BTreeSet::new();
        for version in tx.find::<ProtocolVersion>(&[("trial", trial)]).await? {
            if !self.parse(&version)?.allocation.is_blind(role.as_str()) {
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

    /// The typed protocol of a stored version. One that was put in force and does not load is a fault.
    pub fn parse(&self, version: &ProtocolVersion) -> Result<Arc<Protocol>> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.get(&version.digest) {
            return Ok(known.clone());
        }
        let protocol = Arc::new(load(version).map_err(|why| Error::fault(anyhow::anyhow!(why)))?);
        parsed.insert(version.digest.clone(), protocol.clone());
        Ok(protocol)
    }
}

/// Loads a version and checks that it is the one its digest names.
pub fn load(version: &ProtocolVersion) -> std::result::Result<Protocol, String> {
    let dictionaries = version
        .dictionaries
        .iter()
        .map(|(name, text)| (name.split('@').next().unwrap_or(name).to_owned(), text.clone()))
        .collect();
    let name = format!("{} {}", version.trial, version.version);
    let protocol = holdpoint_protocol::load(&name, &version.file, &dictionaries).map_err(|findings| {
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        format!("the file of {name} does not load: {first}")
    })?;
    let digest = protocol.digest.to_string();
    if digest == version.digest {
        Ok(protocol)
    } else {
        Err(format!("the file of {name} has digest {digest}, its event says {}", version.digest))
    }
}
