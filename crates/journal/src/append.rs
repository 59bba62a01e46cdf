//! Decides how rows enter the journal: heads locked in order of their chains' ids, rows sealed one upon the other,
//! and head and rows written together as the last thing before the commit.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::ids::random_bytes;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Value};

use crate::by::By;
use crate::chain::{Chain, Head};
use crate::error::DbResult as _;
use crate::row::{Entry, Row, Sealed, seal};
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

/// Appends all entries, chain by chain in order of id. Answers the heads afterwards, and the rows.
pub(crate) async fn all(
    txn: &DatabaseTransaction,
    service: &str,
    by: &By,
    entries: Vec<Entry>,
    answer: Option<&[u8]>,
    locked: BTreeMap<Chain, Head>,
) -> Result<(BTreeMap<Chain, Head>, Vec<Row>)> {
    let mut chains: BTreeMap<Chain, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        chains.entry(entry.chain.clone()).or_default().push(entry);
    }
    let (mut heads, mut appended) = (BTreeMap::new(), vec![]);
    for (chain, entries) in chains {
        let head = match locked.get(&chain) {
            Some(head) => *head,
            None => lock(txn, &chain).await?,
        };
        let start = Start { incarnation: head.incarnation, number: head.number + 1 };
        let (newest, rows) = onto(txn, service, by, head, start, entries, answer).await?;
        heads.insert(chain.clone(), newest);
        appended.extend(rows);
    }
    Ok((heads, appended))
}

/// Where the first of the appended rows stands. It follows the head, except where an incarnation is opened.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    pub incarnation: u32,
    pub number: u64,
}

/// Appends entries of one chain onto its locked head. Answers the head afterwards, and the rows.
pub(crate) async fn onto(
    txn: &DatabaseTransaction,
    service: &str,
    by: &By,
    head: Head,
    start: Start,
    entries: Vec<Entry>,
    answer: Option<&[u8]>,
) -> Result<(Head, Vec<Row>)> {
    let mut sealed = Vec::with_capacity(entries.len());
    let mut previous = head.hash;
    for (number, entry) in (start.number..).zip(entries) {
        let place = (start.incarnation, number);
        let row = seal(service, by, entry, place, previous, answer, random_bytes())?;
        previous = row.row.head.hash;
        sealed.push(row);
    }
    let mut newest = head;
    for chunk in sealed.chunks(ROWS_A_STATEMENT) {
        newest = write(txn, chunk, newest).await?;
    }
    Ok((newest, sealed.into_iter().map(|sealed| sealed.row).collect()))
}

/// Writes rows, their private parts and the head.
async fn write(txn: &DatabaseTransaction, rows: &[Sealed], head: Head) -> Result<Head> {
    let Some(last) = rows.last() else { return Ok(head) };
    if txn.get_database_backend() == DbBackend::Postgres {
        sql::run(txn, APPEND, append_values(rows, last)).await.db("appending to the journal")?;
        return Ok(last.row.head);
    }
    let n = rows.len();
    let stored = format!(
        "INSERT INTO journal_row (chain, number, incarnation, at_us, kind, critical, previous, hash, private_hash, \
         public) VALUES {}",
        sql::places(n, 10, 5)
    );
    let hidden = format!(
        "INSERT INTO journal_private (chain, number, salt, body) VALUES {}",
        sql::places(n, 4, 5 + 10 * n)
    );
    let head = "UPDATE journal_head SET incarnation = $2, number = $3, hash = $4 WHERE chain = $1";
    let mut values = head_values(last);
    values.extend(rows.iter().flat_map(row_values));
    values.extend(rows.iter().flat_map(private_values));
    let text = sql::together(txn.get_database_backend(), &[stored.as_str(), hidden.as_str()], head);
    sql::run(txn, text, values).await.db("appending to the journal")?;
    Ok(last.row.head)
}

/// On PostgreSQL everything is one statement, so that the head's lock is held for one round trip only, and its text is the
/// same for any number of rows, so that it is planned once. Bytes of all rows go in as one value a column, which the
/// server cuts: the driver binds no arrays, and bytes written as text cost as much as all the rest.
const APPEND: &str = "WITH stored AS (INSERT INTO journal_row (chain, number, incarnation, at_us, kind, critical, \
     previous, hash, private_hash, public) \
     SELECT $1, $5 + r.place - 1, $2, $6, r.kind, r.critical, SUBSTRING($7 FROM 32 * r.place::int - 31 FOR 32), \
     SUBSTRING($7 FROM 32 * r.place::int + 1 FOR 32), SUBSTRING($8 FROM 32 * r.place::int - 31 FOR 32), \
     SUBSTRING($9 FROM r.start FOR r.length) \
     FROM UNNEST($10::text::text[], $11::text::boolean[], $12::text::int[], $13::text::int[]) WITH ORDINALITY \
     AS r (kind, critical, start, length, place)), \
     hidden AS (INSERT INTO journal_private (chain, number, salt, body) \
     SELECT $1, $5 + p.place - 1, SUBSTRING($14 FROM 16 * p.place::int - 15 FOR 16), \
     SUBSTRING($15 FROM p.start FOR p.length) \
     FROM UNNEST($16::text::int[], $17::text::int[]) WITH ORDINALITY AS p (start, length, place)) \
     UPDATE journal_head SET incarnation = $2, number = $3, hash = $4 WHERE chain = $1";

fn append_values(rows: &[Sealed], last: &Sealed) -> Vec<Value> {
    let first = rows.first().unwrap_or(last);
    let joined =
        |of: fn(&Sealed) -> &[u8]| rows.iter().flat_map(|row| of(row).iter().copied()).collect::<Vec<u8>>();
    // Each row's hash is the next row's previous one.
    let hashes = [first.row.previous.to_vec(), joined(|sealed| &sealed.row.head.hash)].concat();
    let public: fn(&Sealed) -> &[u8] = |sealed| &sealed.row.public;
    let private: fn(&Sealed) -> &[u8] = |sealed| &sealed.private;
    let ([starts, lengths], [private_starts, private_lengths]) = (cuts(rows, public), cuts(rows, private));
    let mut values = head_values(last);
    values.extend([
        sql::signed(first.row.head.number).into(),
        first.at_us.into(),
        hashes.into(),
        joined(|sealed| &sealed.row.private_hash).into(),
        joined(public).into(),
        sql::array(rows.iter().map(|sealed| sealed.kind)).into(),
        sql::array(rows.iter().map(|sealed| sealed.critical)).into(),
        starts.into(),
        lengths.into(),
        joined(|sealed| &sealed.salt).into(),
        joined(private).into(),
        private_starts.into(),
        private_lengths.into(),
    ]);
    values
}

/// Where each row's part begins in the joined bytes, counted from 1, and how long it is.
fn cuts(rows: &[Sealed], of: fn(&Sealed) -> &[u8]) -> [String; 2] {
    let mut next = 1;
    let starts = rows.iter().map(|row| {
        let start = next;
        next += of(row).len();
        start
    });
    [sql::array(starts), sql::array(rows.iter().map(|row| of(row).len()))]
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
