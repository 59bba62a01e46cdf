//! The ways in which somebody with the database's password may falsify a journal, each done as well as that person could, and the
//! number of the row that verification must name.

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::Database;

/// One falsification of a chain of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// One byte of a row's event is another.
    ByteChanged,
    /// A row is gone.
    RowDropped,
    /// Two rows have changed places.
    RowsSwapped,
    /// The last rows are gone, and the head says so.
    TailCut,
    /// From one row on, everything is written anew with hashes that fit.
    TailRewritten,
}

impl Tampering {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::ByteChanged, Self::RowDropped, Self::RowsSwapped, Self::TailCut, Self::TailRewritten];
}

/// Columns of the journal's other tables in which a changed byte must be found: table, column.
pub const TABLES: &[(&str, &str)] = &[
    ("journal_row", "previous"),
    ("journal_row", "hash"),
    ("journal_row", "private_hash"),
    ("journal_private", "salt"),
    ("journal_private", "body"),
    ("journal_head", "hash"),
    ("journal_answer", "answer"),
    ("journal_cursor", "hash"),
    ("journal_seen", "hashes"),
];

/// How many rows a rewritten or cut tail has.
const TAIL: u64 = 3;

/// Falsifies a chain. Answers the number of the first row that is not what was written.
pub async fn tamper(db: &mut Database, service: &str, chain: &str, how: Tampering) -> anyhow::Result<u64> {
    let last = last(db, chain).await?;
    ensure!(last > 2 * TAIL, "chain {chain} of {service} has only {last} rows");
    let middle = last / 2;
    let at = format!("chain = '{chain}' AND number");
    match how {
        Tampering::ByteChanged => {
            change_byte(db, "journal_row", "public", &format!("{at} = {middle}")).await?;
            Ok(middle)
        }
        Tampering::RowDropped => {
            for table in ["journal_row", "journal_private"] {
                db.run(&format!("DELETE FROM {table} WHERE {at} = {middle}")).await?;
            }
            Ok(middle)
        }
        Tampering::RowsSwapped => {
            swap(db, &at, middle).await?;
            Ok(middle)
        }
        Tampering::TailCut => cut(db, chain, &at, last - TAIL).await,
        Tampering::TailRewritten => rewrite(db, service, chain, last - TAIL).await,
    }
}

/// Changes the first byte of a column of bytes in one row, or in any row that has such a byte.
pub async fn change_byte(db: &mut Database, table: &str, column: &str, which: &str) -> anyhow::Result<()> {
    let found = format!("SELECT {} FROM {table} WHERE {which}", db.hex(column));
    let rows = db.texts(&found, 1).await?;
    let text =
        rows.first().and_then(|row| row.first()).with_context(|| format!("{table} has no row {which}"))?;
    let mut bytes = hex::decode(text)?;
    let middle = bytes.len() / 2;
    let byte = bytes.get_mut(middle).with_context(|| format!("{table}.{column} is empty"))?;
    *byte ^= 0x01;
    db.run(&format!("UPDATE {table} SET {column} = {} WHERE {which}", db.literal(&bytes))).await
}

async fn last(db: &mut Database, chain: &str) -> anyhow::Result<u64> {
    let text = format!("SELECT CAST(number AS TEXT) FROM journal_head WHERE chain = '{chain}'");
    let rows = db.texts(&text, 1).await?;
    let number = rows.first().and_then(|row| row.first()).with_context(|| format!("no chain {chain}"))?;
    Ok(number.parse()?)
}

/// A row and the next exchange their numbers, in both tables.
async fn swap(db: &mut Database, at: &str, number: u64) -> anyhow::Result<()> {
    let next = number + 1;
    for table in ["journal_row", "journal_private"] {
        for (from, to) in [(number, -1_i128), (next, i128::from(number))] {
            db.run(&format!("UPDATE {table} SET number = {to} WHERE {at} = {from}")).await?;
        }
        db.run(&format!("UPDATE {table} SET number = {next} WHERE {at} = -1")).await?;
    }
    Ok(())
}

/// Takes away what is after `keep`, and sets the head back.
async fn cut(db: &mut Database, chain: &str, at: &str, keep: u64) -> anyhow::Result<u64> {
    for table in ["journal_row", "journal_private"] {
        db.run(&format!("DELETE FROM {table} WHERE {at} > {keep}")).await?;
    }
    let hash = format!("(SELECT hash FROM journal_row WHERE {at} = {keep})");
    db.run(&format!("UPDATE journal_head SET number = {keep}, hash = {hash} WHERE chain = '{chain}'"))
        .await?;
    Ok(keep + 1)
}

/// Writes another reason into the private part of a row, and every hash from there on anew, the head's too.
async fn rewrite(db: &mut Database, service: &str, chain: &str, from: u64) -> anyhow::Result<u64> {
    let at = format!("chain = '{chain}' AND number");
    let (salt, body) = (db.hex("salt"), db.hex("body"));
    let found =
        db.texts(&format!("SELECT {salt}, {body} FROM journal_private WHERE {at} = {from}"), 2).await?;
    let [salt, body] = bytes_of(found.first().context("a private part")?)?;
    let mut part: serde_json::Value = serde_json::from_slice(&body)?;
    part["reason"] = "nothing happened".into();
    let body = serde_json::to_vec(&part)?;
    db.run(&format!("UPDATE journal_private SET body = {} WHERE {at} = {from}", db.literal(&body))).await?;
    let columns = [db.hex("previous"), db.hex("public"), db.hex("private_hash")].join(", ");
    let text = format!(
        "SELECT CAST(number AS TEXT), CAST(incarnation AS TEXT), {columns} FROM journal_row \
         WHERE {at} >= {from} ORDER BY number"
    );
    let mut before: Option<Vec<u8>> = None;
    for row in db.texts(&text, 5).await? {
        let number: u64 = row[0].parse()?;
        let [old, public, old_private] = bytes_of(&row[2..])?;
        let previous = before.unwrap_or(old);
        let private = if number == from { private_hash(&salt, &body) } else { old_private };
        let place = (row[1].parse()?, number);
        let hash = row_hash(service, chain, place, &previous, &public, &private);
        let set = [("previous", &previous), ("private_hash", &private), ("hash", &hash)]
            .map(|(column, bytes)| format!("{column} = {}", db.literal(bytes)))
            .join(", ");
        db.run(&format!("UPDATE journal_row SET {set} WHERE {at} = {number}")).await?;
        before = Some(hash);
    }
    let hash = db.literal(&before.context("rows to write anew")?);
    db.run(&format!("UPDATE journal_head SET hash = {hash} WHERE chain = '{chain}'")).await?;
    Ok(from)
}

fn bytes_of<const N: usize>(texts: &[String]) -> anyhow::Result<[Vec<u8>; N]> {
    let all = texts.iter().map(hex::decode).collect::<Result<Vec<_>, _>>()?;
    all.try_into().map_err(|all: Vec<_>| anyhow::anyhow!("{} columns in place of {N}", all.len()))
}

fn private_hash(salt: &[u8], body: &[u8]) -> Vec<u8> {
    let mut digest = Sha256::new_with_prefix(b"holdpoint journal private part 1\n");
    digest.update((salt.len() as u64).to_be_bytes());
    digest.update(salt);
    digest.update(body);
    digest.finalize().to_vec()
}

fn row_hash(
    service: &str,
    chain: &str,
    (incarnation, number): (u32, u64),
    previous: &[u8],
    public: &[u8],
    private_hash: &[u8],
) -> Vec<u8> {
    let mut digest = Sha256::new_with_prefix(b"holdpoint journal row 1\n");
    for part in [service.as_bytes(), chain.as_bytes()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(incarnation.to_be_bytes());
    digest.update(number.to_be_bytes());
    digest.update(previous);
    digest.update((public.len() as u64).to_be_bytes());
    digest.update(public);
    digest.update(private_hash);
    digest.finalize().to_vec()
}
