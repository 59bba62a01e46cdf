//! Decides which row of one chain is the first that is not what was written.

use holdpoint_chassis::error::Result;
use sea_orm::QueryResult;

use super::memory::{Bad, Memory};
use super::{Finding, Gap, Noted, Remembered};
use crate::chain::{Chain, Head};
use crate::error::DbResult as _;
use crate::hash;
use crate::incarnation::{self, Opening};
use crate::row::{Private, Row};
use crate::store::rows::read_row;
use crate::store::{Store, sql};

const PAGE: i64 = 500;

pub(super) struct Outcome {
    pub rows: u64,
    pub finding: Option<Finding>,
    pub gaps: Vec<Gap>,
}

/// A row with everything stored about it.
struct Full {
    row: Row,
    kind: String,
    at_us: i64,
    critical: bool,
    salt: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
}

struct Walk<'a> {
    service: &'a str,
    chain: &'a Chain,
    last: Head,
    memory: Memory<'a>,
    rows: u64,
    /// Number of the last row that was read; below every number at first, so that none can hide before the first.
    after: i64,
}

pub(super) async fn verify(
    store: &Store,
    chain: &Chain,
    witnesses: &[&Remembered],
    noted: &mut Noted,
) -> Result<Outcome> {
    let openings = incarnation::openings(store.reader(), chain).await?;
    let memory = Memory::new(openings, witnesses);
    let mut walk =
        Walk { service: store.service(), chain, last: Head::default(), memory, rows: 0, after: -1 };
    let finding = walk.along(store, noted).await?.map(|bad| Finding {
        service: store.service().to_owned(),
        chain: chain.clone(),
        number: bad.number,
        what: bad.what,
    });
    Ok(Outcome { rows: walk.rows, finding, gaps: walk.memory.gaps(store.service(), chain) })
}

impl Walk<'_> {
    /// Walks to the head as it stood before the walk. Rows beyond it were written meanwhile, where the journal is in use: then
    /// the head has moved, and the walk goes on to it. A head that stands still while rows lie beyond it is judged.
    async fn along(&mut self, store: &Store, noted: &mut Noted) -> Result<Option<Bad>> {
        let mut head = store.head(self.chain).await?;
        loop {
            if let Some(bad) = self.through(store, noted).await? {
                return Ok(Some(bad));
            }
            if self.last.number <= head.number {
                return Ok(self.end(head));
            }
            let moved = store.head(self.chain).await?;
            if moved == head {
                return Ok(self.end(head));
            }
            head = moved;
        }
    }

    async fn through(&mut self, store: &Store, noted: &mut Noted) -> Result<Option<Bad>> {
        loop {
            let page = read(store, self.chain, self.after).await?;
            let Some(last) = page.last() else { return Ok(None) };
            self.after = sql::signed(last.row.head.number);
            for full in &page {
                if let Err(bad) = self.step(full) {
                    return Ok(Some(bad));
                }
                noted.note(self.chain, full.row.head.number, &full.kind, full.body.as_deref());
            }
        }
    }

    fn step(&mut self, full: &Full) -> std::result::Result<(), Bad> {
        let row = &full.row;
        let number = row.head.number;
        let bad = |what: &str| Bad { number, what: what.to_owned() };
        let envelope = row.envelope().map_err(|_| bad("its public part cannot be read"))?;
        let opening = Opening::read(&envelope);
        self.place(row, opening)?;
        if row.previous != self.last.hash {
            return Err(bad(
                "it does not follow the row before it: a row was altered, inserted or taken out",
            ));
        }
        if !row.is_intact(self.service) {
            return Err(bad("its hash is not the hash of what it holds: it was altered or moved"));
        }
        if (envelope.r#type.as_str(), envelope.time_us, envelope.critical)
            != (full.kind.as_str(), full.at_us, full.critical)
        {
            return Err(bad("its stored type, time or mark is not the one in its public part"));
        }
        let (Some(salt), Some(body)) = (&full.salt, &full.body) else {
            return Err(bad("its private part is missing"));
        };
        if hash::private(salt, body) != row.private_hash {
            return Err(bad("its private part was altered"));
        }
        self.memory.meet(&row.head)?;
        self.last = row.head;
        self.rows += 1;
        Ok(())
    }

    /// Whether the row stands where the next one must stand.
    fn place(&self, row: &Row, opening: Option<Opening>) -> std::result::Result<(), Bad> {
        let next = self.last.number + 1;
        let number = row.head.number;
        if let Some(opening) = opening {
            let expected = opening.base.number.max(opening.lost.number) + 1;
            if opening.base != self.last {
                return Err(Bad {
                    number: next,
                    what: format!("rows before the incarnation opened at {number} are missing or altered"),
                });
            }
            if number != expected || row.head.incarnation <= self.last.incarnation {
                return Err(Bad { number, what: "it opens an incarnation at the wrong place".to_owned() });
            }
            return Ok(());
        }
        if number > next {
            return Err(Bad { number: next, what: "it is missing".to_owned() });
        }
        if number < next || row.head.incarnation != self.last.incarnation {
            return Err(Bad { number, what: "it is none of this chain: it was inserted".to_owned() });
        }
        Ok(())
    }

    /// The end of the chain against the head, and against what peers remember beyond it.
    fn end(&self, head: Head) -> Option<Bad> {
        if head != self.last {
            let number = self.last.number + u64::from(head.number != self.last.number);
            let what = format!(
                "the chain's head says {head}, the rows end at {}: the tail was cut or added to",
                self.last
            );
            return Some(Bad { number, what });
        }
        self.memory.missing(&self.last)
    }
}

async fn read(store: &Store, chain: &Chain, after: i64) -> Result<Vec<Full>> {
    let text = "SELECT r.incarnation, r.number, r.hash, r.previous, r.private_hash, r.public, r.kind, r.at_us, \
                r.critical, p.salt, p.body FROM journal_row r \
                LEFT JOIN journal_private p ON p.chain = r.chain AND p.number = r.number \
                WHERE r.chain = $1 AND r.number > $2 ORDER BY r.number LIMIT $3";
    let values = vec![chain.as_str().into(), after.into(), PAGE.into()];
    let rows = sql::all(store.reader(), text, values).await.db("reading rows to verify")?;
    rows.iter().map(|row| read_full(row, chain)).collect()
}

fn read_full(row: &QueryResult, chain: &Chain) -> Result<Full> {
    let doing = "reading a row to verify";
    Ok(Full {
        row: read_row(row, chain)?,
        kind: row.try_get_by_index(6).db(doing)?,
        at_us: row.try_get_by_index(7).db(doing)?,
        critical: row.try_get_by_index(8).db(doing)?,
        salt: row.try_get_by_index(9).db(doing)?,
        body: row.try_get_by_index(10).db(doing)?,
    })
}

/// What a private part says of a kept answer.
pub(super) fn private(body: &[u8]) -> Option<Private> {
    serde_json::from_slice(body).ok()
}
