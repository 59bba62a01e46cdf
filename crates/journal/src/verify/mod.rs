//! Decides whether a journal is what was written: every row recomputed from its stored bytes, every column compared
//! with the envelope it was taken from, and every row compared with what peers remember of it. Names the first bad
//! row of each chain.

mod answers;
mod chain;
mod cursors;
mod gap;
mod lost;
mod memory;

pub use gap::Gap;

use std::collections::BTreeSet;
use std::fmt;

use holdpoint_chassis::error::Result;

use crate::chain::{Chain, Hash, Head};
use crate::error::DbResult as _;
use crate::peer::Peer;
use crate::store::{Store, sql};

/// What a peer remembers of consecutive rows of one incarnation: their hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Who remembers.
    pub by: String,
    /// The chain of the journal that is remembered.
    pub chain: Chain,
    /// The rows' incarnation.
    pub incarnation: u32,
    /// Number of the first row.
    pub first: u64,
    /// One hash a row.
    pub hashes: Vec<Hash>,
    /// Where the journal's owner lost these rows: the first row of the incarnation that accounts for them.
    pub lost_under: Option<Head>,
}

impl Remembered {
    /// The rows.
    pub fn heads(&self) -> impl Iterator<Item = Head> {
        let incarnation = self.incarnation;
        (self.first..).zip(&self.hashes).map(move |(number, hash)| Head { incarnation, number, hash: *hash })
    }

    /// Whether this very row is among them.
    pub fn holds(&self, head: &Head) -> bool {
        let Some(at) = head.number.checked_sub(self.first) else { return false };
        let hash = usize::try_from(at).ok().and_then(|at| self.hashes.get(at));
        self.incarnation == head.incarnation && hash == Some(&head.hash)
    }
}

/// The first bad row of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The service whose journal it is.
    pub service: String,
    /// The chain.
    pub chain: Chain,
    /// The row's number; 0 where what is wrong belongs to no row.
    pub number: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, chain {}, row {}: {}", self.service, self.chain, self.number, self.what)
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that were recomputed.
    pub rows: u64,
    /// At most one finding a chain, and one for each kept answer or cursor that does not fit its chain.
    pub findings: Vec<Finding>,
    /// What restores lost and the journal itself declares: to be read, and nothing wrong.
    pub gaps: Vec<Gap>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What the rows of a journal name that stands elsewhere.
#[derive(Default)]
struct Noted {
    answers: answers::Named,
    lost: lost::Named,
}

impl Noted {
    fn note(&mut self, chain: &Chain, number: u64, kind: &str, body: Option<&[u8]>) {
        self.answers.note(chain, number, body);
        self.lost.note(chain, number, kind, body);
    }
}

/// Verifies a journal against itself and against what peers remember of it. It may be in use: what is written meanwhile is no
/// finding.
pub async fn verify(store: &Store, witnesses: &[Remembered]) -> Result<Report> {
    let mut report = Report::default();
    let mut noted = Noted::default();
    let kept = answers::kept(store).await?;
    for chain in chains(store, witnesses).await? {
        let of_chain: Vec<&Remembered> = witnesses.iter().filter(|each| each.chain == chain).collect();
        let outcome = chain::verify(store, &chain, &of_chain, &mut noted).await?;
        report.rows += outcome.rows;
        report.findings.extend(outcome.finding);
        report.gaps.extend(outcome.gaps);
    }
    if report.findings.is_empty() {
        report.findings.extend(answers::verify(store, kept, &noted.answers).await?);
        report.findings.extend(cursors::verify(store).await?);
        report.findings.extend(lost::verify(store, &noted.lost).await?);
    }
    Ok(report)
}

/// Asks peers what they remember of this journal, for [`verify`]. A peer that does not answer is an error: without its
/// memory a truncated or rewritten tail may go unnoticed.
pub async fn witnesses(store: &Store, peers: &[Peer]) -> Result<Vec<Remembered>> {
    let mut all = vec![];
    for peer in peers {
        for chain in peer.chains_of(store.service()).await? {
            all.extend(peer.remembered(store.service(), &chain).await?);
        }
    }
    Ok(all)
}

async fn chains(store: &Store, witnesses: &[Remembered]) -> Result<BTreeSet<Chain>> {
    let text = "SELECT chain FROM journal_head UNION SELECT DISTINCT chain FROM journal_row";
    let rows = sql::all(store.reader(), text, vec![]).await.db("listing the chains")?;
    let mut chains: BTreeSet<Chain> = witnesses.iter().map(|each| each.chain.clone()).collect();
    for row in rows {
        let chain: String = row.try_get_by_index(0).db("reading a chain's name")?;
        chains.insert(Chain::trial(chain));
    }
    Ok(chains)
}
