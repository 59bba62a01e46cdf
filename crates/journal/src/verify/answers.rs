//! Decides whether the kept answers are the ones that the journal's rows name.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use sea_orm::QueryResult;
use sha2::{Digest, Sha256};

use super::Finding;
use super::chain::private;
use crate::chain::Chain;
use crate::error::DbResult as _;
use crate::store::{Store, sql};

/// The answers that rows name: principal and request id, with the answer's hash and the row.
#[derive(Default)]
pub(super) struct Named {
    answers: BTreeMap<(String, String), (String, Chain, u64)>,
}

impl Named {
    /// Notes what a row's private part says of an answer.
    pub(super) fn note(&mut self, chain: &Chain, number: u64, body: Option<&[u8]>) {
        let Some(part) = body.and_then(private) else { return };
        let Some(request) = part.request else { return };
        if let Some(hash) = request.answer_sha256 {
            self.answers.insert((part.principal, request.id), (hash, chain.clone(), number));
        }
    }
}

/// The SHA-256 of each kept answer, by principal and request.
pub(super) type Kept = BTreeMap<(String, String), String>;

/// What is kept. Read before the rows: an act keeps its answer and writes its rows in one commit, so whatever is kept by then is
/// named by rows that are read afterwards.
pub(super) async fn kept(store: &Store) -> Result<Kept> {
    let text = "SELECT principal, request, answer FROM journal_answer";
    let rows = sql::all(store.reader(), text, vec![]).await.db("reading kept answers to verify")?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<((String, String), String)> {
    let principal = row.try_get_by_index(0).db("reading a kept answer's principal")?;
    let request = row.try_get_by_index(1).db("reading a kept answer's request")?;
    let answer: Vec<u8> = row.try_get_by_index(2).db("reading a kept answer")?;
    Ok(((principal, request), hex::encode(Sha256::digest(&answer))))
}

/// Compares the kept answers with those that rows name.
pub(super) async fn verify(store: &Store, kept: Kept, named: &Named) -> Result<Vec<Finding>> {
    let mut missing: BTreeMap<_, _> = named.answers.iter().collect();
    let mut findings = vec![];
    for (key, digest) in kept {
        match missing.remove(&key) {
            None => {
                let what = "an answer is kept that no row names";
                findings.push(finding(store, &Chain::Service, 0, what, &key.1));
            }
            Some(named) => findings.extend(altered(store, &key.1, named, &digest)),
        }
    }
    for (key, named) in missing {
        // It may have been kept after the others were read: it is looked for before it is called missing.
        match one(store, key).await? {
            Some(digest) => findings.extend(altered(store, &key.1, named, &digest)),
            None => {
                findings.push(finding(store, &named.1, named.2, "the answer kept for it is missing", &key.1));
            }
        }
    }
    Ok(findings)
}

async fn one(store: &Store, (principal, request): &(String, String)) -> Result<Option<String>> {
    let text = "SELECT principal, request, answer FROM journal_answer WHERE principal = $1 AND request = $2";
    let values = vec![principal.as_str().into(), request.as_str().into()];
    let row = sql::one(store.reader(), text, values).await.db("reading a kept answer to verify")?;
    Ok(row.as_ref().map(read).transpose()?.map(|(_, digest)| digest))
}

fn altered(store: &Store, request: &str, named: &(String, Chain, u64), digest: &str) -> Option<Finding> {
    let (hash, chain, number) = named;
    (hash != digest).then(|| finding(store, chain, *number, "the answer kept for it was altered", request))
}

fn finding(store: &Store, chain: &Chain, number: u64, what: &str, request: &str) -> Finding {
    Finding {
        service: store.service().to_owned(),
        chain: chain.clone(),
        number,
        what: format!("{what} (request {request})"),
    }
}
