//! What a backup says of itself: which program made it and when, and of each service its heads and its tables with the number of rows
//! and the SHA-256 of each. Its first part stands at the beginning of the file, the sums at its end.

use std::collections::BTreeMap;

use holdpoint_journal::{Chain, Head, Kind, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The first part of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The release that made it.
    pub version: String,
    /// When the cut was made: civil time.
    pub taken_at: Timestamp,
    /// Each service, by name.
    pub services: BTreeMap<String, OfService>,
}

/// One service at the cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfService {
    /// The newest row of each chain: "0.42:" and its hash.
    pub heads: BTreeMap<String, String>,
    /// Its tables, in the order in which they follow.
    pub tables: Vec<OfTable>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfTable {
    /// Its name.
    pub name: String,
    /// Its columns: name and the letter of the kind.
    pub columns: Vec<(String, String)>,
    /// The last number of its sequence, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<i64>,
}

/// The last part of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// Rows and SHA-256 of each table, by service and table.
    pub tables: BTreeMap<String, BTreeMap<String, Sum>>,
    /// SHA-256 of each file of the keys folder, by name.
    pub files: BTreeMap<String, String>,
}

/// One table's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// Of their encoded bytes, in hexadecimal.
    pub sha256: String,
}

impl OfService {
    /// What a snapshot is.
    pub fn of(heads: Vec<(Chain, Head)>, tables: &[Table]) -> Self {
        let heads = heads.into_iter().map(|(chain, head)| (chain.to_string(), written(&head))).collect();
        Self { heads, tables: tables.iter().map(OfTable::from).collect() }
    }
}

/// A head with its whole hash.
pub fn written(head: &Head) -> String {
    format!("{}.{}:{}", head.incarnation, head.number, hex::encode(head.hash))
}

impl From<&Table> for OfTable {
    fn from(table: &Table) -> Self {
        let columns = table.columns.iter().map(|(name, kind)| (name.clone(), kind.letter().to_owned()));
        Self { name: table.name.clone(), columns: columns.collect(), counted: table.counted }
    }
}

impl TryFrom<&OfTable> for Table {
    type Error = anyhow::Error;

    fn try_from(table: &OfTable) -> anyhow::Result<Self> {
        let columns = table.columns.iter().map(|(name, letter)| {
            let kind = Kind::from_letter(letter);
            let kind =
                kind.ok_or_else(|| anyhow::anyhow!("{}.{name} is of the unknown kind {letter}", table.name))?;
            Ok((name.clone(), kind))
        });
        Ok(Self {
            name: table.name.clone(),
            columns: columns.collect::<anyhow::Result<_>>()?,
            counted: table.counted,
        })
    }
}
