//! Decides how stored rows and heads are read back: always the stored bytes.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use super::{Store, sql};
use crate::chain::{Chain, Hash, Head};
use crate::error::{DbResult as _, StoredDataInconsistent};
use crate::row::Row;

/// The head of a chain, locked for this transaction where asked.
pub(crate) async fn head<C: ConnectionTrait>(db: &C, chain: &Chain, lock: bool) -> Result<Option<Head>> {
    let text = if lock && db.get_database_backend() == DbBackend::Postgres {
        "SELECT incarnation, number, hash FROM journal_head WHERE chain = $1 FOR UPDATE"
    } else {
        "SELECT incarnation, number, hash FROM journal_head WHERE chain = $1"
    };
    let row = sql::one(db, text, vec![chain.as_str().into()]).await.db("reading a chain's head")?;
    row.map(|row| read_head(&row, 0, "journal_head", chain.as_str())).transpose()
}

pub(crate) async fn heads<C: ConnectionTrait>(db: &C) -> Result<BTreeMap<Chain, Head>> {
    let text = "SELECT incarnation, number, hash, chain FROM journal_head WHERE number > 0";
    let rows = sql::all(db, text, vec![]).await.db("reading the heads")?;
    rows.iter()
        .map(|row| {
            let chain: String = row.try_get_by_index(3).db("reading a head's chain")?;
            Ok((Chain::trial(chain.as_str()), read_head(row, 0, "journal_head", &chain)?))
        })
        .collect()
}

/// Reads `incarnation, number, hash` from three columns, the first of them at `from`.
pub(crate) fn read_head(row: &QueryResult, from: usize, table: &'static str, id: &str) -> Result<Head> {
    let incarnation: i64 = row.try_get_by_index(from).db("reading an incarnation")?;
    let number: i64 = row.try_get_by_index(from + 1).db("reading a row's number")?;
    Ok(Head {
        incarnation: u32::try_from(incarnation)
            .map_err(|cause| StoredDataInconsistent::fault(table, "incarnation", id, cause))?,
        number: sql::unsigned(number),
        hash: read_hash(row, from + 2, table, id)?,
    })
}

pub(crate) fn read_hash(row: &QueryResult, at: usize, table: &'static str, id: &str) -> Result<Hash> {
    let bytes: Vec<u8> = row.try_get_by_index(at).db("reading a hash")?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| {
        StoredDataInconsistent::fault(table, "hash", id, format!("{length} bytes instead of 32"))
    })
}

impl Store {
    /// Rows of a chain with numbers above `after`, in order: at most `limit`, and fewer where they are large. None
    /// only where there is none.
    pub async fn rows(&self, chain: &Chain, after: u64, limit: u32) -> Result<Vec<Row>> {
        rows(self.reader(), chain, after, limit).await
    }

    /// One row of a chain.
    pub async fn row(&self, chain: &Chain, number: u64) -> Result<Option<Row>> {
        row(self.reader(), chain, number).await
    }
}

const COLUMNS: &str = "incarnation, number, hash, previous, private_hash, public";
/// A page ends with the row that reaches this size.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

async fn rows<C: ConnectionTrait>(db: &C, chain: &Chain, after: u64, limit: u32) -> Result<Vec<Row>> {
    // The running sum keeps a page of the largest rows, half a mebibyte each, from filling the memory. The limit is part of
    // the text: SQLite plans a statement with a bound limit anew each time it is run.
    let text = format!(
        "SELECT {COLUMNS} FROM (SELECT {COLUMNS}, SUM(LENGTH(public)) OVER (ORDER BY number) AS bytes FROM \
         (SELECT {COLUMNS} FROM journal_row WHERE chain = $1 AND number > $2 ORDER BY number LIMIT {limit}) AS few) AS sized \
         WHERE bytes - LENGTH(public) < {PAGE_BYTES} ORDER BY number"
    );
    let values = vec![chain.as_str().into(), sql::signed(after).into()];
    let rows = sql::all(db, text, values).await.db("reading journal rows")?;
    rows.iter().map(|row| read_row(row, chain)).collect()
}

pub(crate) async fn row<C: ConnectionTrait>(db: &C, chain: &Chain, number: u64) -> Result<Option<Row>> {
    let rows = rows(db, chain, number.saturating_sub(1), 1).await?;
    Ok(rows.into_iter().next().filter(|row| row.head.number == number))
}

pub(crate) fn read_row(row: &QueryResult, chain: &Chain) -> Result<Row> {
    const TABLE: &str = "journal_row";
    let head = read_head(row, 0, TABLE, chain.as_str())?;
    let id = format!("{chain}/{}", head.number);
    Ok(Row {
        chain: chain.clone(),
        head,
        previous: read_hash(row, 3, TABLE, &id)?,
        private_hash: read_hash(row, 4, TABLE, &id)?,
        public: row.try_get_by_index(5).db("reading a row's public part")?,
    })
}
