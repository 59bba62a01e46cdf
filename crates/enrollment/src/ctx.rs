//! What every command, reaction and reconciler of enrollment works with: the store, the clocks, ids, the gate to
//! safety, and the protocols that are in force, parsed once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::clock::{Civil, MachineClock};
use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::ids::Ids;
use holdpoint_journal::{Rollbacks, Store, Tx};
use holdpoint_protocol::Protocol;
use tokio::sync::Semaphore;

use crate::call::chain;
use crate::config::EnrollmentSettings;
use crate::domain::ids::TrialId;
use crate::domain::trial::{Trial, Version};
use crate::gate::{self, Gate, SAFETY};
use crate::store::ProtocolText;

/// Shared by everything in this service. Cloning is cheap.
#[derive(Clone)]
pub struct Ctx {
    /// State and journal.
    pub store: Store,
    /// Clinical dates.
    pub civil: Civil,
    /// Permit lives.
    pub machine: MachineClock,
    /// Fresh ids.
    pub ids: Ids,
    /// Safety.
    pub gate: Gate,
    /// Settings of this service.
    pub config: EnrollmentSettings,
    /// Parsed protocols by digest.
    pub protocols: Protocols,
    /// So many allocations are judged at once. More would wait for each other in the database, where waiting is cut
    /// short, and somebody would be refused for a race; here they wait in line, each before its permit's life begins.
    pub allocations: Arc<Semaphore>,
    /// The services whose journals are followed.
    pub hears: Arc<BTreeSet<&'static str>>,
}

/// Protocols by digest. A digest is its content, so nothing here ever grows stale.
#[derive(Clone, Default)]
pub struct Protocols {
    parsed: Arc<Mutex<BTreeMap<String, Arc<Protocol>>>>,
}

impl Protocols {
    fn known(&self, digest: &str) -> Option<Arc<Protocol>> {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn remember(&self, digest: &str, protocol: Protocol) -> Arc<Protocol> {
        let protocol = Arc::new(protocol);
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.insert(digest.to_owned(), protocol.clone());
        protocol
    }
}

impl Ctx {
    /// Whether a service is part of this deployment and its journal is followed. What a service that is not there would
    /// tell is asked of nobody.
    pub fn hears(&self, service: &str) -> bool {
        self.hears.contains(service)
    }

    /// Writes down each disagreement of journals. Allocations lean on safety.
    pub fn rollbacks(&self) -> Rollbacks {
        Rollbacks::new(self.store.clone(), self.civil.clone(), &[SAFETY])
    }

    /// Refuses while a journal of the trial is known to have gone back and nobody has reconciled it.
    pub async fn journals_are_whole(&self, tx: &Tx, trial: &TrialId) -> Result<()> {
        match tx.unreconciled(&chain(trial)).await? {
            Some(rollback) => Err(gate::unsure(&rollback.to_string())),
            None => Ok(()),
        }
    }

    /// The protocol of one version, parsed.
    pub async fn protocol(&self, tx: &Tx, version: &Version) -> Result<Arc<Protocol>> {
        if let Some(known) = self.protocols.known(&version.digest) {
            return Ok(known);
        }
        let text = tx.get::<ProtocolText>(&version.digest).await?.ok_or_else(|| {
            Error::fault(anyhow::anyhow!("the text of protocol version {} is not stored", version.version))
        })?;
        let loaded = holdpoint_protocol::load("trial file", &text.trial_file, &text.dictionaries);
        let protocol = loaded.map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            Error::fault(anyhow::anyhow!("a protocol that was registered does not load: {first}"))
        })?;
        Ok(self.protocols.remember(&version.digest, protocol))
    }

    /// The protocol that holds for a subject: of the version consented to.
    pub async fn protocol_of(&self, tx: &Tx, trial: &Trial, version: &str) -> Result<Arc<Protocol>> {
        let version = trial.version(version)?.clone();
        self.protocol(tx, &version).await
    }
}
