//! Decides how a service keeps its place in its peers' journals: one cursor per source and chain, the hash of every
//! row it applied, and the row that could not be applied, where there is one.

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value};

use super::rows::read_head;
use super::{Store, sql};
use crate::chain::{Chain, Hash, Head};
use crate::error::{DbResult as _, StoredDataInconsistent};
use crate::pause;
use crate::verify::Remembered;

/// A row of a peer's journal that could not be applied. The rows behind it wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The peer.
    pub source: String,
    /// The chain of its journal.
    pub chain: Chain,
    /// The row.
    pub head: Head,
    /// Its type.
    pub kind: String,
    /// Whether readers must not pass it over. Starts that depend on it are refused.
    pub critical: bool,
    /// Why it could not be applied.
    pub why: String,
    /// Civil time of parking, UTC microseconds since 1970.
    pub at_us: i64,
}

impl Store {
    /// How far a peer's chain was applied; all zero where nothing was.
    pub async fn cursor(&self, source: &str, chain: &Chain) -> Result<Head> {
        Ok(read_cursor(self.reader(), source, chain, false).await?.unwrap_or_default())
    }

    /// How far every chain of a peer was applied.
    pub async fn cursors(&self, source: &str) -> Result<Vec<(Chain, Head)>> {
        let text = "SELECT incarnation, number, hash, chain FROM journal_cursor WHERE source = $1 AND number > 0 \
                    ORDER BY chain";
        let rows = sql::all(self.reader(), text, vec![source.into()]).await.db("reading cursors")?;
        rows.iter()
            .map(|row| {
                let chain: String = row.try_get_by_index(3).db("reading a cursor's chain")?;
                Ok((Chain::trial(chain.as_str()), read_head(row, 0, "journal_cursor", &chain)?))
            })
            .collect()
    }

    /// How far each chain of each peer was applied: peer, chain, head.
    pub async fn all_cursors(&self) -> Result<Vec<(String, Chain, Head)>> {
        let text = "SELECT incarnation, number, hash, chain, source FROM journal_cursor WHERE number > 0 \
                    ORDER BY source, chain";
        let rows = sql::all(self.reader(), text, vec![]).await.db("reading all cursors")?;
        rows.iter()
            .map(|row| {
                let chain: String = row.try_get_by_index(3).db("reading a cursor's chain")?;
                let source = row.try_get_by_index(4).db("reading a cursor's source")?;
                Ok((source, Chain::trial(chain.as_str()), read_head(row, 0, "journal_cursor", &chain)?))
            })
            .collect()
    }

    /// The peers whose journals this service has read.
    pub async fn sources(&self) -> Result<Vec<String>> {
        let text = "SELECT DISTINCT source FROM journal_cursor ORDER BY source";
        let rows = sql::all(self.reader(), text, vec![]).await.db("reading the sources")?;
        rows.iter().map(|row| row.try_get_by_index(0).db("reading a source")).collect()
    }

    /// The parked row of a peer's chain, where there is one.
    pub async fn parked(&self, source: &str, chain: &Chain) -> Result<Option<Parked>> {
        parked(self.reader(), source, chain).await
    }

    /// Every parked row.
    pub async fn all_parked(&self) -> Result<Vec<Parked>> {
        let rows = sql::all(self.reader(), format!("{PARKED} ORDER BY source, chain"), vec![])
            .await
            .db("reading parked rows")?;
        rows.iter().map(read_parked).collect()
    }

    /// Whether this very row of a peer was applied.
    pub async fn has_seen(&self, source: &str, chain: &Chain, head: &Head) -> Result<bool> {
        let text = "SELECT incarnation, first, hashes FROM journal_seen WHERE source = $1 AND chain = $2 \
                    AND incarnation = $3 AND first <= $4 ORDER BY first DESC LIMIT 1";
        let values = vec![
            source.into(),
            chain.as_str().into(),
            i64::from(head.incarnation).into(),
            sql::signed(head.number).into(),
        ];
        let row = sql::one(self.reader(), text, values).await.db("asking whether a row was seen")?;
        match row {
            Some(row) => Ok(read_seen(&row, 0, self.service(), chain)?.holds(head)),
            None => Ok(false),
        }
    }

    /// What this service remembers of a peer's chain, apart from rows that the peer lost.
    pub async fn remembered(&self, source: &str, chain: &Chain) -> Result<Vec<Remembered>> {
        remembered(self.reader(), self.service(), source, chain).await
    }
}

pub(super) async fn remembered<C: ConnectionTrait>(
    db: &C,
    by: &str,
    source: &str,
    chain: &Chain,
) -> Result<Vec<Remembered>> {
    let text = "SELECT incarnation, first, hashes FROM journal_seen WHERE source = $1 AND chain = $2 \
                ORDER BY incarnation, first";
    let values = vec![source.into(), chain.as_str().into()];
    let rows = sql::all(db, text, values).await.db("reading what is remembered of a peer")?;
    rows.iter().map(|row| read_seen(row, 0, by, chain)).collect()
}

const PARKED: &str =
    "SELECT source, chain, incarnation, number, hash, kind, critical, why, at_us FROM journal_parked";

/// Locks a peer's cursor: the first statement of the transaction that applies its rows.
pub(crate) async fn lock_cursor(txn: &DatabaseTransaction, source: &str, chain: &Chain) -> Result<Head> {
    if let Some(head) = read_cursor(txn, source, chain, true).await? {
        return Ok(head);
    }
    let text = "INSERT INTO journal_cursor (source, chain, incarnation, number, hash) VALUES ($1, $2, 0, 0, $3) \
                ON CONFLICT (source, chain) DO NOTHING";
    let values = vec![source.into(), chain.as_str().into(), Head::default().hash.to_vec().into()];
    sql::run(txn, text, values).await.db("making a cursor")?;
    Ok(read_cursor(txn, source, chain, true).await?.unwrap_or_default())
}

/// How a reader stands to a peer's chain.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    /// The locked cursor.
    pub cursor: Head,
    /// A row of the chain is parked.
    pub parked: bool,
    /// The cursor was put back, and is on its way to an incarnation that was taken up.
    pub put_back: bool,
}

/// Locks a peer's cursor and reads what decides whether rows behind it may be applied.
pub(crate) async fn lock_place(txn: &DatabaseTransaction, source: &str, chain: &Chain) -> Result<Place> {
    if txn.get_database_backend() == DbBackend::Postgres {
        // What is read in a statement of its own is what the holder of the lock before has left behind.
        lock_cursor(txn, source, chain).await?;
    }
    let text = "SELECT c.incarnation, c.number, c.hash, \
                EXISTS (SELECT 1 FROM journal_parked p WHERE p.source = c.source AND p.chain = c.chain), \
                EXISTS (SELECT 1 FROM journal_lost l WHERE l.source = c.source AND l.chain = c.chain \
                AND l.opened > c.incarnation) \
                FROM journal_cursor c WHERE c.source = $1 AND c.chain = $2";
    let doing = "reading where a reader stands";
    let row = sql::one(txn, text, vec![source.into(), chain.as_str().into()]).await.db(doing)?;
    let Some(row) = row else {
        let cursor = lock_cursor(txn, source, chain).await?;
        return Ok(Place { cursor, ..Place::default() });
    };
    Ok(Place {
        cursor: read_head(&row, 0, "journal_cursor", chain.as_str())?,
        parked: row.try_get_by_index(3).db(doing)?,
        put_back: row.try_get_by_index(4).db(doing)?,
    })
}

pub(crate) async fn read_cursor<C: ConnectionTrait>(
    db: &C,
    source: &str,
    chain: &Chain,
    lock: bool,
) -> Result<Option<Head>> {
    let of = "FROM journal_cursor WHERE source = $1 AND chain = $2";
    let text = if lock && db.get_database_backend() == DbBackend::Postgres {
        // Whoever moves a cursor shares the lock that a backup's pause takes alone, whichever copy of the service it is.
        format!(
            "SELECT incarnation, number, hash, pg_advisory_xact_lock_shared({}) {of} FOR UPDATE",
            pause::LOCK
        )
    } else {
        format!("SELECT incarnation, number, hash {of}")
    };
    let row = sql::one(db, text, vec![source.into(), chain.as_str().into()]).await.db("reading a cursor")?;
    row.map(|row| read_head(&row, 0, "journal_cursor", chain.as_str())).transpose()
}

/// Moves a locked cursor and remembers the hashes of the rows it passed: for one run of rows in one round trip. Where nothing
/// is made of them that must last, the commit need not wait for the disk: what is lost with it is read again.
pub(crate) async fn move_cursor(
    txn: &DatabaseTransaction,
    (source, chain): (&str, &Chain),
    passed: &[Head],
    lasts: bool,
) -> Result<()> {
    let Some(newest) = passed.last() else { return Ok(()) };
    let last = runs(passed).last().unwrap_or_default();
    remember(txn, source, chain, passed.get(..passed.len() - last.len()).unwrap_or_default()).await?;
    let Some(first) = last.first() else { return Ok(()) };
    let put = match txn.get_database_backend() {
        DbBackend::Postgres if !lasts => format!("{PUT_CURSOR} RETURNING {}", sql::NO_FLUSH),
        _ => PUT_CURSOR.to_owned(),
    };
    let text = sql::together(txn.get_database_backend(), &[&put], REMEMBER_WITH);
    let mut values = cursor_values(source, chain, newest);
    values.push(sql::signed(first.number).into());
    values.push(joined(last).into());
    sql::run(txn, text, values).await.db("moving a cursor").map(drop)
}

/// Moves a cursor past rows of which nothing is made, where it stands where it was left, no row is parked and it is not on its way
/// back; on PostgreSQL. Answers whether it was moved.
pub(crate) async fn pass_over<C: ConnectionTrait>(
    db: &C,
    (source, chain): (&str, &Chain),
    from: &Head,
    passed: &[Head],
) -> Result<bool> {
    let (Some(first), Some(newest)) = (passed.first(), passed.last()) else { return Ok(false) };
    let text = format!(
        "WITH moved AS ({PUT_CURSOR} AND incarnation = $8 AND number = $9 AND hash = $10 \
         AND NOT EXISTS (SELECT 1 FROM journal_parked p WHERE p.source = $1 AND p.chain = $2) \
         AND NOT EXISTS (SELECT 1 FROM journal_lost l WHERE l.source = $1 AND l.chain = $2 AND l.opened > $8) \
         RETURNING {}) INSERT INTO journal_seen (source, chain, incarnation, first, hashes) \
         SELECT $1, $2, $3, CAST($6 AS BIGINT), CAST($7 AS BYTEA) FROM moved \
         ON CONFLICT (source, chain, incarnation, first) DO NOTHING",
        sql::NO_FLUSH
    );
    let mut values = cursor_values(source, chain, newest);
    values.extend([sql::signed(first.number).into(), joined(passed).into()]);
    values.extend(cursor_values(source, chain, from).into_iter().skip(2));
    Ok(sql::run(db, text, values).await.db("passing over rows")?.rows_affected() == 1)
}

const PUT_CURSOR: &str =
    "UPDATE journal_cursor SET incarnation = $3, number = $4, hash = $5 WHERE source = $1 AND chain = $2";
/// The same places as [`PUT_CURSOR`]'s, and two more.
const REMEMBER_WITH: &str = "INSERT INTO journal_seen (source, chain, incarnation, first, hashes) \
     VALUES ($1, $2, $3, $6, $7) ON CONFLICT (source, chain, incarnation, first) DO NOTHING";

fn cursor_values(source: &str, chain: &Chain, to: &Head) -> Vec<Value> {
    vec![
        source.into(),
        chain.as_str().into(),
        i64::from(to.incarnation).into(),
        sql::signed(to.number).into(),
        to.hash.to_vec().into(),
    ]
}

/// Remembers the hashes of rows that were applied.
pub(super) async fn remember(
    txn: &DatabaseTransaction,
    source: &str,
    chain: &Chain,
    passed: &[Head],
) -> Result<()> {
    for run in runs(passed) {
        let Some(first) = run.first() else { continue };
        let text = "INSERT INTO journal_seen (source, chain, incarnation, first, hashes) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (source, chain, incarnation, first) DO NOTHING";
        let values: Vec<Value> = vec![
            source.into(),
            chain.as_str().into(),
            i64::from(first.incarnation).into(),
            sql::signed(first.number).into(),
            joined(run).into(),
        ];
        sql::run(txn, text, values).await.db("remembering what was seen of a peer")?;
    }
    Ok(())
}

/// Sets a locked cursor.
pub(super) async fn put_cursor(
    txn: &DatabaseTransaction,
    source: &str,
    chain: &Chain,
    to: &Head,
) -> Result<()> {
    sql::run(txn, PUT_CURSOR, cursor_values(source, chain, to)).await.db("moving a cursor").map(drop)
}

/// Rows that follow one another in one incarnation.
pub(super) fn runs(rows: &[Head]) -> impl Iterator<Item = &[Head]> {
    rows.chunk_by(|one, next| one.incarnation == next.incarnation && one.number + 1 == next.number)
}

/// Hashes of rows, one after another, as they are stored.
pub(super) fn joined(rows: &[Head]) -> Vec<u8> {
    rows.iter().flat_map(|head| head.hash).collect()
}

pub(crate) async fn parked<C: ConnectionTrait>(
    db: &C,
    source: &str,
    chain: &Chain,
) -> Result<Option<Parked>> {
    let text = format!("{PARKED} WHERE source = $1 AND chain = $2");
    let row =
        sql::one(db, text, vec![source.into(), chain.as_str().into()]).await.db("reading a parked row")?;
    row.as_ref().map(read_parked).transpose()
}

/// Parks a row; answers whether it was not parked before.
pub(crate) async fn park(txn: &DatabaseTransaction, row: &Parked) -> Result<bool> {
    let text = "INSERT INTO journal_parked (source, chain, incarnation, number, hash, kind, critical, why, at_us) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (source, chain) DO NOTHING";
    let values = vec![
        row.source.as_str().into(),
        row.chain.as_str().into(),
        i64::from(row.head.incarnation).into(),
        sql::signed(row.head.number).into(),
        row.head.hash.to_vec().into(),
        row.kind.as_str().into(),
        row.critical.into(),
        row.why.as_str().into(),
        row.at_us.into(),
    ];
    Ok(sql::run(txn, text, values).await.db("parking a row")?.rows_affected() == 1)
}

pub(crate) async fn unpark(txn: &DatabaseTransaction, source: &str, chain: &Chain) -> Result<()> {
    let text = "DELETE FROM journal_parked WHERE source = $1 AND chain = $2";
    sql::run(txn, text, vec![source.into(), chain.as_str().into()])
        .await
        .db("taking up a parked row")
        .map(drop)
}

fn read_parked(row: &QueryResult) -> Result<Parked> {
    let doing = "reading a parked row";
    let chain: String = row.try_get_by_index(1).db(doing)?;
    Ok(Parked {
        source: row.try_get_by_index(0).db(doing)?,
        head: read_head(row, 2, "journal_parked", &chain)?,
        chain: Chain::trial(chain),
        kind: row.try_get_by_index(5).db(doing)?,
        critical: row.try_get_by_index(6).db(doing)?,
        why: row.try_get_by_index(7).db(doing)?,
        at_us: row.try_get_by_index(8).db(doing)?,
    })
}

/// Reads `incarnation, first, hashes` from three columns, the first of them at `from`.
pub(super) fn read_seen(row: &QueryResult, from: usize, by: &str, chain: &Chain) -> Result<Remembered> {
    let doing = "reading what is remembered of a peer";
    let incarnation: i64 = row.try_get_by_index(from).db(doing)?;
    let first: i64 = row.try_get_by_index(from + 1).db(doing)?;
    let hashes: Vec<u8> = row.try_get_by_index(from + 2).db(doing)?;
    let inconsistent =
        |cause: String| StoredDataInconsistent::fault("journal_seen", "hashes", chain.as_str(), cause);
    let hashes: Vec<Hash> = hashes
        .chunks(32)
        .map(|hash| hash.try_into().map_err(|_| inconsistent("no whole number of hashes".to_owned())))
        .collect::<Result<_>>()?;
    Ok(Remembered {
        by: by.to_owned(),
        chain: chain.clone(),
        incarnation: u32::try_from(incarnation).map_err(|cause| inconsistent(cause.to_string()))?,
        first: sql::unsigned(first),
        hashes,
        lost_under: None,
    })
}
