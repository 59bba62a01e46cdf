//! The trial files that were activated, parsed once each and kept by their digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_protocol::Protocol;

use crate::store::ProtocolRow;

/// Parsed trial files by digest.
#[derive(Debug, Default)]
pub struct Protocols {
    parsed: Mutex<BTreeMap<String, Arc<Protocol>>>,
}

impl Protocols {
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
