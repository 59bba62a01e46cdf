//! Decides how rows enter the journal: heads locked in order of their chains' ids, rows sealed one upon the other,
//! and head and rows written together as the last thing before the commit.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::ids::random_bytes;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Value};

use crate::by::By;
use crate::chain::{Chain, Head};
use crate::error::DbResult as _;
use crate::row::{Entry, Sealed, seal};
use crate::store::{rows, sql};

/// Rows in one statement: 14 values each stay far below either database's limit (32,766 on SQLite).
const ROWS_A_STATEMENT: usize = 500;

/// Locks a chain's head, making it where the chain has none yet.
pub(crate) async fn lock(txn: &DatabaseTransaction, chain: &Chain) -> Result<Head> {
    if let Some(head) = rows::head(txn, chain, true).await? {
        return Ok(head);
    }
    let text = "INSERT INTO journal_head (chain, incarnation, number, hash) VALUES ($1, 0, 0, $2) \
                ON CONFLICT (chain) DO NOTHING";
    let values = vec![chain.as_str().into(), Head::default().hash.to_vec().into()];
    sql::run(txn, text, values).await.db("making a chain's head")?;
    Ok(rows::head(txn, chain, true).await?.unwrap_or_default())
}

/// Appends all entries, chain by chain in order of id. Answers the heads afterwards.
pub(crate) async fn all(
    txn: &DatabaseTransaction,
    service: &str,
    by: &By,
    entries: Vec<Entry>,
    answer: Option<&[u8]>,
    locked: BTreeMap<Chain, Head>,
) -> Result<BTreeMap<Chain, Head>> {
    let mut chains: BTreeMap<Chain, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        chains.entry(entry.chain.clone()).or_default().push(entry);
    }
    let mut heads = BTreeMap::new();
    for (chain, entries) in chains {
        let head = match locked.get(&chain) {
            Some(head) => *head,
            None => lock(txn, &chain).await?,
        };
        let start = Start { incarnation: head.incarnation, number: head.number + 1 };
        heads.insert(chain.clone(), onto(txn, service, by, head, start, entries, answer).await?);
    }
    Ok(heads)
}

/// Where the first of the appended rows stands. It follows the head, except where an incarnation is opened.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    pub incarnation: u32,
    pub number: u64,
}

/// Appends entries of one chain onto its locked head.
pub(crate) async fn onto(
    txn: &DatabaseTransaction,
    service: &str,
    by: &By,
    head: Head,
    start: Start,
    entries: Vec<Entry>,
    answer: Option<&[u8]>,
) -> Result<Head> {
    let mut sealed = Vec::with_capacity(entries.len());
    let mut previous = head.hash;
    let mut number = start.number;
    for entry in entries {
        let place = (start.incarnation, number);
        let row = seal(service, by, entry, place, previous, answer, random_bytes())?;
        previous = row.row.head.hash;
        number += 1;
        sealed.push(row);
    }
    let mut newest = head;
    for chunk in sealed.chunks(ROWS_A_STATEMENT) {
        newest = write(txn, chunk, newest).await?;
    }
    Ok(newest)
}

/// Writes rows, their private parts and the head. On PostgreSQL in one statement, so that the head's lock is held for
/// one round trip only.
async fn write(txn: &DatabaseTransaction, rows: &[Sealed], head: Head) -> Result<Head> {
    let Some(last) = rows.last() else { return Ok(head) };
    let newest = last.row.head;
    let n = rows.len();
    let row_text = format!(
        "INSERT INTO journal_row (chain, number, incarnation, at_us, kind, critical, previous, hash, private_hash, \
         public) VALUES {}",
        sql::places(n, 10, 1)
    );
    let private_text = |from| {
        format!("INSERT INTO journal_private (chain, number, salt, body) VALUES {}", sql::places(n, 4, from))
    };
    let head_text = |from| {
        let [chain, incarnation, number, hash] = [from, from + 1, from + 2, from + 3];
        format!(
            "UPDATE journal_head SET incarnation = ${incarnation}, number = ${number}, hash = ${hash} \
             WHERE chain = ${chain}"
        )
    };
    let row_values: Vec<Value> = rows.iter().flat_map(row_values).collect();
    let private_values: Vec<Value> = rows.iter().flat_map(private_values).collect();
    let head_values = head_values(last);
    if txn.get_database_backend() == DbBackend::Postgres {
        let text = format!(
            "WITH stored AS ({row_text}), hidden AS ({}) {}",
            private_text(n * 10 + 1),
            head_text(n * 14 + 1)
        );
        let values = [row_values, private_values, head_values].concat();
        sql::run(txn, text, values).await.db("appending to the journal")?;
    } else {
        sql::run(txn, row_text, row_values).await.db("appending to the journal")?;
        sql::run(txn, private_text(1), private_values).await.db("appending private parts")?;
        sql::run(txn, head_text(1), head_values).await.db("moving a chain's head")?;
    }
    Ok(newest)
}

fn row_values(sealed: &Sealed) -> [Value; 10] {
    let row = &sealed.row;
    [
        row.chain.as_str().into(),
        sql::signed(row.head.number).into(),
        i64::from(row.head.incarnation).into(),
        sealed.at_us.into(),
        sealed.kind.into(),
        sealed.critical.into(),
        row.previous.to_vec().into(),
        row.head.hash.to_vec().into(),
        row.private_hash.to_vec().into(),
        row.public.clone().into(),
    ]
}

fn private_values(sealed: &Sealed) -> [Value; 4] {
    [
        sealed.row.chain.as_str().into(),
        sql::signed(sealed.row.head.number).into(),
        sealed.salt.to_vec().into(),
        sealed.private.clone().into(),
    ]
}

fn head_values(last: &Sealed) -> Vec<Value> {
    let head = last.row.head;
    vec![
        last.row.chain.as_str().into(),
        i64::from(head.incarnation).into(),
        sql::signed(head.number).into(),
        head.hash.to_vec().into(),
    ]
}
