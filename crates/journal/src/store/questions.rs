//! Decides how much is asked at once: questions to any tables, and to the journal's own, go to the database as one statement,
//! and whoever asks one of them afterwards is answered from memory. What was not among them is asked then, so that questions
//! asked ahead change how long an answer takes and never what it is.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use serde_json::json;

use super::aggregate::{Aggregate, Stored, column, filter, of_parts};
use super::bulk::wanted;
use super::gathered::Gathered;
use super::sql;
use crate::by::By;
use crate::chain::{Chain, Head};
use crate::error::{DbResult as _, StoredDataInconsistent};

/// Questions that are asked together. Each method adds one; those of aggregates are what the store's and the
/// transaction's methods of the same names ask.
#[derive(Default)]
pub struct Questions {
    texts: Vec<Text>,
    values: Vec<Value>,
    takes: Vec<Take>,
}

type Text = Box<dyn Fn(DbBackend) -> String + Send>;
type Take = Box<dyn FnOnce(Vec<Raw>, &mut Gathered) -> Result<()> + Send>;

/// One row of an answer, whatever the table.
struct Raw {
    place: i64,
    version: i64,
    id: String,
    body: String,
}

const COLUMNS: &str = "place, version, id, body";

impl Questions {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One aggregate by its id.
    pub fn get<A: Aggregate>(self, id: impl Into<String>) -> Self {
        let id: String = id.into();
        let at = self.next_place();
        let text = format!("SELECT {COLUMNS} FROM {} WHERE id = ${at}", A::TABLE);
        let asked = id.clone();
        self.with(fixed(text), vec![id.into()], move |rows, kept| {
            let read = parsed::<A>(rows)?.pop();
            kept.keep(&asked, read);
            Ok(())
        })
    }

    /// The aggregates of these ids.
    pub fn get_all<A: Aggregate>(self, ids: impl IntoIterator<Item = String>) -> Self {
        let ids: BTreeSet<String> = ids.into_iter().collect();
        let at = self.next_place();
        let text =
            move |backend| format!("SELECT {COLUMNS} FROM {} WHERE id {}", A::TABLE, wanted(backend, at));
        let given = json!(ids).to_string();
        self.with(Box::new(text), vec![given.into()], move |rows, kept| {
            for id in &ids {
                kept.keep::<A>(id, None);
            }
            for one in parsed::<A>(rows)? {
                kept.keep(&one.value.id(), Some(one));
            }
            Ok(())
        })
    }

    /// The aggregates whose key columns have these values, in the order they were first stored.
    pub fn find<A: Aggregate>(self, keys: &[(&str, &str)]) -> Result<Self> {
        let (filter, values) = filter::<A>(keys, self.next_place())?;
        let text = format!("SELECT {COLUMNS} FROM {}{filter}", A::TABLE);
        let asked = format!("{keys:?}");
        Ok(self.with(fixed(text), values, move |rows, kept| {
            let found = parsed::<A>(rows)?;
            kept.keep_found(A::TABLE, &asked, found);
            Ok(())
        }))
    }

    /// Ids and versions of what [`Questions::find`] would find.
    pub fn versions<A: Aggregate>(self, keys: &[(&str, &str)]) -> Result<Self> {
        let (filter, values) = filter::<A>(keys, self.next_place())?;
        let text = format!("SELECT place, version, id, '' AS body FROM {}{filter}", A::TABLE);
        let asked = format!("versions {keys:?}");
        Ok(self.with(fixed(text), values, move |rows, kept| {
            let found: Vec<(String, i64)> = rows.into_iter().map(|row| (row.id, row.version)).collect();
            kept.keep_found(A::TABLE, &asked, found);
            Ok(())
        }))
    }

    /// Of the aggregates whose key column has a value from one to another the one whose key is the greatest.
    pub fn greatest<A: Aggregate>(self, key: &str, (least, most): (&str, &str)) -> Result<Self> {
        let (column, at) = (column::<A>(key)?, self.next_place());
        let text = format!(
            "SELECT {COLUMNS} FROM (SELECT {COLUMNS} FROM {} WHERE {column} >= ${at} AND {column} <= ${} \
             ORDER BY {column} DESC LIMIT 1) AS newest",
            A::TABLE,
            at + 1
        );
        let asked = asked_greatest(key, (least, most));
        Ok(self.with(fixed(text), vec![least.into(), most.into()], move |rows, kept| {
            let newest = parsed::<A>(rows)?.pop();
            kept.keep_found(A::TABLE, &asked, newest);
            Ok(())
        }))
    }

    /// The sums of a number over the aggregates whose key columns have these values, by another key.
    pub fn sums<A: Aggregate>(self, number: &str, by: &str, keys: &[(&str, &str)]) -> Result<Self> {
        let (number, by) = (column::<A>(number)?, column::<A>(by)?);
        let (filter, values) = filter::<A>(keys, self.next_place())?;
        let text = format!(
            "SELECT CAST(SUM(CAST({number} AS BIGINT)) AS BIGINT) AS place, CAST(0 AS BIGINT) AS version, \
             COALESCE({by}, '') AS id, '' AS body FROM {}{filter} GROUP BY {by}",
            A::TABLE
        );
        let asked = asked_sums(number, by, keys);
        Ok(self.with(fixed(text), values, move |rows, kept| {
            let sums: BTreeMap<String, i64> = rows.into_iter().map(|row| (row.id, row.place)).collect();
            kept.keep_found(A::TABLE, &asked, sums);
            Ok(())
        }))
    }

    /// The head of a chain.
    pub fn head(self, chain: &Chain) -> Self {
        let at = self.next_place();
        let text = move |backend| {
            let hash = hex(backend);
            format!(
                "SELECT number AS place, incarnation AS version, {hash} AS id, '' AS body FROM journal_head WHERE chain = ${at}"
            )
        };
        let asked = chain.to_string();
        self.with(Box::new(text), vec![asked.as_str().into()], move |rows, kept| {
            let head = head_of(rows, "journal_head", &asked)?;
            kept.keep_found(HEAD, &asked, head);
            Ok(())
        })
    }

    /// How far a peer's chain was applied.
    pub fn cursor(self, source: &str, chain: &Chain) -> Self {
        let at = self.next_place();
        let text = move |backend| {
            let hash = hex(backend);
            format!(
                "SELECT number AS place, incarnation AS version, {hash} AS id, '' AS body FROM journal_cursor \
                 WHERE source = ${at} AND chain = ${}",
                at + 1
            )
        };
        let asked = asked_of(source, chain);
        self.with(Box::new(text), vec![source.into(), chain.as_str().into()], move |rows, kept| {
            let cursor = head_of(rows, "journal_cursor", &asked)?;
            kept.keep_found(CURSOR, &asked, cursor);
            Ok(())
        })
    }

    /// Whether a row of a peer's chain is parked. Only that none is, is kept.
    pub fn parked(self, source: &str, chain: &Chain) -> Self {
        let at = self.next_place();
        let text = format!(
            "SELECT number AS place, incarnation AS version, '' AS id, '' AS body FROM journal_parked \
             WHERE source = ${at} AND chain = ${}",
            at + 1
        );
        let asked = asked_of(source, chain);
        self.with(fixed(text), vec![source.into(), chain.as_str().into()], move |rows, kept| {
            if rows.is_empty() {
                kept.keep_found(PARKED, &asked, ());
            }
            Ok(())
        })
    }

    /// Whether this journal has a row that a peer has seen. Only that it has it is kept.
    pub fn knows(self, chain: &Chain, head: &Head) -> Self {
        let at = self.next_place();
        let text = move |backend| {
            let hash = hex(backend);
            format!(
                "SELECT number AS place, incarnation AS version, {hash} AS id, '' AS body FROM journal_row \
                 WHERE chain = ${at} AND number = ${}",
                at + 1
            )
        };
        let (asked, head) = (chain.to_string(), *head);
        let values = vec![chain.as_str().into(), sql::signed(head.number).into()];
        self.with(Box::new(text), values, move |rows, kept| {
            if head.is_none() || head_of(rows, "journal_row", &asked)? == head {
                kept.keep_found(ROW, &asked_row(&asked, &head), ());
            }
            Ok(())
        })
    }

    /// Whether an act's request was answered before. Only that it was not is kept.
    pub fn answered(self, by: &By) -> Self {
        let Some(request) = &by.request else { return self };
        let at = self.next_place();
        let text = format!(
            "SELECT CAST(0 AS BIGINT) AS place, CAST(0 AS BIGINT) AS version, rpc AS id, '' AS body FROM journal_answer \
             WHERE principal = ${at} AND request = ${}",
            at + 1
        );
        let asked = asked_answer(&by.principal, &request.id);
        let values = vec![by.principal.as_str().into(), request.id.as_str().into()];
        self.with(fixed(text), values, move |rows, kept| {
            if rows.is_empty() {
                kept.keep_found(ANSWER, &asked, ());
            }
            Ok(())
        })
    }

    fn next_place(&self) -> usize {
        self.values.len() + 1
    }

    fn with(
        mut self,
        text: Text,
        values: Vec<Value>,
        take: impl FnOnce(Vec<Raw>, &mut Gathered) -> Result<()> + Send + 'static,
    ) -> Self {
        self.texts.push(text);
        self.values.extend(values);
        self.takes.push(Box::new(take));
        self
    }

    /// Asks all of them; what they answer is told by [`Answers::keep`].
    pub(crate) async fn ask(self, db: &impl ConnectionTrait) -> Result<Answers> {
        let backend = db.get_database_backend();
        let parts = self.texts.iter().enumerate().map(|(n, text)| {
            let text = text(backend);
            format!("SELECT {n} AS question, {COLUMNS} FROM ({text}) AS q{n}")
        });
        let text = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let mut rows: Vec<Vec<Raw>> = self.takes.iter().map(|_| vec![]).collect();
        if !text.is_empty() {
            for row in sql::all(db, text, self.values).await.db("asking several questions")? {
                let (question, raw) = read(&row)?;
                if let Some(of) = usize::try_from(question).ok().and_then(|at| rows.get_mut(at)) {
                    of.push(raw);
                }
            }
        }
        // In the order of first storing, as each question by itself is answered.
        rows.iter_mut().for_each(|of| of.sort_by_key(|row| row.place));
        Ok(Answers { rows, takes: self.takes })
    }
}

/// What questions were answered.
pub(crate) struct Answers {
    rows: Vec<Vec<Raw>>,
    takes: Vec<Take>,
}

impl Answers {
    /// Keeps it for whoever asks.
    pub(crate) fn keep(self, kept: &mut Gathered) -> Result<()> {
        self.takes.into_iter().zip(self.rows).try_for_each(|(take, rows)| take(rows, kept))
    }
}

/// Under what answers of the journal's own tables are kept.
pub(crate) const HEAD: &str = "journal_head";
pub(crate) const CURSOR: &str = "journal_cursor";
pub(crate) const PARKED: &str = "journal_parked";
pub(crate) const ROW: &str = "journal_row";
pub(crate) const ANSWER: &str = "journal_answer";

pub(crate) fn asked_of(source: &str, chain: &Chain) -> String {
    format!("{source} {chain}")
}

pub(crate) fn asked_row(chain: &str, head: &Head) -> String {
    format!("{chain} {} {} {}", head.incarnation, head.number, hex::encode(head.hash))
}

pub(crate) fn asked_answer(principal: &str, request: &str) -> String {
    format!("{principal} {request}")
}

pub(crate) fn asked_greatest(key: &str, ends: (&str, &str)) -> String {
    format!("greatest {key} {ends:?}")
}

pub(crate) fn asked_sums(number: &str, by: &str, keys: &[(&str, &str)]) -> String {
    format!("sums of {number} by {by} {keys:?}")
}

fn fixed(text: String) -> Text {
    Box::new(move |_| text.clone())
}

/// The hash of a row as text.
fn hex(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "encode(hash, 'hex')",
        _ => "lower(hex(hash))",
    }
}

fn read(row: &QueryResult) -> Result<(i32, Raw)> {
    let doing = "reading the answers of several questions";
    let raw = Raw {
        place: row.try_get_by_index(1).db(doing)?,
        version: row.try_get_by_index(2).db(doing)?,
        id: row.try_get_by_index(3).db(doing)?,
        body: row.try_get_by_index(4).db(doing)?,
    };
    Ok((row.try_get_by_index(0).db(doing)?, raw))
}

fn parsed<A: Aggregate>(rows: Vec<Raw>) -> Result<Vec<Stored<A>>> {
    rows.iter().map(|row| of_parts(&row.body, &row.id, row.version, row.place)).collect()
}

/// A head of the only row; all zero of none.
fn head_of(rows: Vec<Raw>, table: &'static str, id: &str) -> Result<Head> {
    let Some(row) = rows.into_iter().next() else { return Ok(Head::default()) };
    let inconsistent = |column, cause: String| StoredDataInconsistent::fault(table, column, id, cause);
    let incarnation =
        u32::try_from(row.version).map_err(|cause| inconsistent("incarnation", cause.to_string()))?;
    let hash = hex::decode(&row.id).ok().and_then(|bytes| bytes.try_into().ok());
    let hash = hash.ok_or_else(|| inconsistent("hash", "it is not one of 32 bytes".to_owned()))?;
    Ok(Head { incarnation, number: sql::unsigned(row.place), hash })
}
