//! Decides how a service remembers rows of a peer that it applied and that the peer lost: apart from what it goes on
//! with, under the first row of the incarnation that accounts for them. While the cursor stands before that row, the
//! service is on the way back to it: it reads what the peer wrote between its restore and that row.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::cursors::{joined, put_cursor, read_seen, remember, remembered, runs};
use super::rows::read_head;
use super::{Store, sql};
use crate::chain::{Chain, Head};
use crate::error::DbResult as _;
use crate::incarnation::place;
use crate::tx::Tx;
use crate::verify::Remembered;

impl Store {
    /// What this service applied of a peer's chain and the peer lost.
    pub async fn lost(&self, source: &str, chain: &Chain) -> Result<Vec<Remembered>> {
        let text = "SELECT opened, opened_number, opened_hash, incarnation, first, hashes FROM journal_lost \
                    WHERE source = $1 AND chain = $2 \
                    ORDER BY opened, opened_number, opened_hash, incarnation, first";
        let values = vec![source.into(), chain.as_str().into()];
        let rows = sql::all(self.reader(), text, values).await.db("reading what a peer lost")?;
        rows.iter()
            .map(|row| {
                let seen = read_seen(row, 3, self.service(), chain)?;
                let opened = read_head(row, 0, "journal_lost", chain.as_str())?;
                Ok(Remembered { lost_under: Some(opened), ..seen })
            })
            .collect()
    }

    /// Everything that this service remembers of a peer's journal, with what the peer lost.
    pub async fn remembers(&self, source: &str) -> Result<Vec<Remembered>> {
        let text = "SELECT chain FROM journal_seen WHERE source = $1 UNION \
                    SELECT chain FROM journal_lost WHERE source = $1";
        let rows =
            sql::all(self.reader(), text, vec![source.into()]).await.db("listing remembered chains")?;
        let mut all = vec![];
        for row in rows {
            let chain: String = row.try_get_by_index(0).db("reading a chain's name")?;
            let chain = Chain::trial(chain);
            all.extend(self.remembered(source, &chain).await?);
            all.extend(self.lost(source, &chain).await?);
        }
        Ok(all)
    }

    /// What to tell a peer that was seen of its journal, chain by chain: the cursor, or on the way back the row that it
    /// leads to.
    pub(crate) async fn claims(&self, source: &str) -> Result<Vec<(Chain, Head)>> {
        let mut claims: BTreeMap<Chain, Head> = self.cursors(source).await?.into_iter().collect();
        let text =
            "SELECT DISTINCT chain, opened, opened_number, opened_hash FROM journal_lost WHERE source = $1";
        let rows = sql::all(self.reader(), text, vec![source.into()]).await.db("reading what a peer lost")?;
        for row in rows {
            let chain: String = row.try_get_by_index(0).db("reading a chain's name")?;
            let opened = read_head(&row, 1, "journal_lost", &chain)?;
            let claim = claims.entry(Chain::trial(chain)).or_default();
            if opened.incarnation > claim.incarnation {
                *claim = opened;
            }
        }
        Ok(claims.into_iter().collect())
    }
}

/// What a cursor that was put back meets on its way.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// First rows of incarnations that were taken up already. While there is one, the cursor is on its way to it.
    pub openings: BTreeSet<Head>,
    /// Rows that were applied before the peer lost them. A further restore may bring them again.
    pub applied: BTreeSet<Head>,
}

impl Ahead {
    /// Whether the service has taken up this row before.
    pub(crate) fn knows(&self, row: &Head) -> bool {
        self.openings.contains(row) || self.applied.contains(row)
    }
}

/// What is ahead of a cursor; nothing unless it was put back.
pub(crate) async fn ahead<C: ConnectionTrait>(
    db: &C,
    source: &str,
    chain: &Chain,
    cursor: &Head,
) -> Result<Ahead> {
    let text = "SELECT opened, opened_number, opened_hash, incarnation, first, hashes FROM journal_lost \
                WHERE source = $1 AND chain = $2 AND opened > $3";
    let values = vec![source.into(), chain.as_str().into(), i64::from(cursor.incarnation).into()];
    let mut ahead = Ahead::default();
    for row in sql::all(db, text, values).await.db("asking what a cursor is on its way to")? {
        ahead.openings.insert(read_head(&row, 0, "journal_lost", chain.as_str())?);
        ahead.applied.extend(read_seen(&row, 3, source, chain)?.heads());
    }
    Ok(ahead)
}

/// Puts a locked cursor back to the newest row that the peer kept, and what was remembered after it among the lost.
/// Answers the lost rows.
pub(crate) async fn go_back(
    tx: &Tx,
    (source, chain): (&str, &Chain),
    opened: Head,
    kept: Head,
) -> Result<Vec<Head>> {
    let txn = tx.connection();
    let mut all = vec![];
    for seen in remembered(txn, &tx.by().principal, source, chain).await? {
        let (stay, lost): (Vec<_>, Vec<_>) = seen.heads().partition(|head| place(head) <= place(&kept));
        if lost.is_empty() {
            continue;
        }
        forget(txn, (source, chain), &seen).await?;
        remember(txn, source, chain, &stay).await?;
        keep_lost(txn, (source, chain), opened, &lost).await?;
        all.extend(lost);
    }
    put_cursor(txn, source, chain, &kept).await?;
    Ok(all)
}

async fn forget(txn: &DatabaseTransaction, (source, chain): (&str, &Chain), seen: &Remembered) -> Result<()> {
    let text =
        "DELETE FROM journal_seen WHERE source = $1 AND chain = $2 AND incarnation = $3 AND first = $4";
    let values = vec![
        source.into(),
        chain.as_str().into(),
        i64::from(seen.incarnation).into(),
        sql::signed(seen.first).into(),
    ];
    sql::run(txn, text, values).await.db("taking back what a peer lost").map(drop)
}

async fn keep_lost(
    txn: &DatabaseTransaction,
    (source, chain): (&str, &Chain),
    opened: Head,
    lost: &[Head],
) -> Result<()> {
    for run in runs(lost) {
        let Some(first) = run.first() else { continue };
        let text = "INSERT INTO journal_lost (source, chain, opened, opened_number, opened_hash, incarnation, first, \
                    hashes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
        let values: Vec<Value> = vec![
            source.into(),
            chain.as_str().into(),
            i64::from(opened.incarnation).into(),
            sql::signed(opened.number).into(),
            opened.hash.to_vec().into(),
            i64::from(first.incarnation).into(),
            sql::signed(first.number).into(),
            joined(run).into(),
        ];
        sql::run(txn, text, values).await.db("keeping what a peer lost")?;
    }
    Ok(())
}
