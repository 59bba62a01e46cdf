//! The trial files that were activated, parsed once each and kept by their digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::Result as Outcome;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;

use crate::domain::ids::TrialId;
use crate::store::ProtocolRow;

/// Parsed trial files by digest, and the rows they came in by id and version: a file is large, and whether a version is the
/// one known is soon asked.
#[derive(Debug, Default)]
pub struct Protocols {
    parsed: Mutex<BTreeMap<String, Arc<Protocol>>>,
    rows: Mutex<BTreeMap<(String, i64), Arc<ProtocolRow>>>,
}

impl Protocols {
    /// Every activated version of a trial, as the transaction sees it.
    pub async fn of_trial(&self, tx: &Tx, trial: &TrialId) -> Outcome<Vec<Arc<ProtocolRow>>> {
        let wanted = tx.versions::<ProtocolRow>(&[("trial", trial.as_str())]).await?;
        let unread =
            |rows: &BTreeMap<_, _>| wanted.iter().filter(|one| !rows.contains_key(*one)).cloned().collect();
        let unread: Vec<(String, i64)> = unread(&self.rows.lock().unwrap_or_else(PoisonError::into_inner));
        if !unread.is_empty() {
            let ids: Vec<String> = unread.into_iter().map(|(id, _)| id).collect();
            let read = tx.get_all::<ProtocolRow>(&ids).await?;
            let read = read.into_iter().map(|(id, row)| ((id, row.version), Arc::new(row.value)));
            self.rows.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
        }
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(wanted.iter().filter_map(|one| rows.get(one).cloned()).collect())
    }

    /// The typed values of a stored file. One that was read when it was stored and cannot be read by this program is
    /// told in words: what depends on it must not go on as if it said nothing.
    pub fn parsed(&self, row: &ProtocolRow) -> Result<Arc<Protocol>, String> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(protocol) = parsed.get(&row.digest) {
            return Ok(protocol.clone());
        }
        let protocol = Self::parse(row)?;
        parsed.insert(row.digest.clone(), protocol.clone());
        Ok(protocol)
    }

    /// Reads a file as it came, or says in words why it cannot be read.
    pub fn parse(row: &ProtocolRow) -> Result<Arc<Protocol>, String> {
        // The file names a dictionary with its version, the loader by its name alone.
        let by_name = |(name, text): (&String, &String)| {
            (name.split('@').next().unwrap_or_default().to_owned(), text.clone())
        };
        let dictionaries = row.dictionaries.iter().map(by_name).collect();
        match holdpoint_protocol::load(&format!("{}.toml", row.trial), &row.file, &dictionaries) {
            Ok(protocol) => Ok(Arc::new(protocol)),
            Err(findings) => {
                let first = findings.first().map(ToString::to_string).unwrap_or_default();
                Err(format!(
                    "protocol {} {}: {} findings, first: {first}",
                    row.trial,
                    row.version,
                    findings.len()
                ))
            }
        }
    }
}
