//! Decides whether the kept answers are the ones that the journal's rows name.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
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

/// Compares the kept answers with those that rows name.
pub(super) async fn verify(store: &Store, named: &Named) -> Result<Vec<Finding>> {
    let text = "SELECT principal, request, answer FROM journal_answer ORDER BY principal, request";
    let rows = sql::all(store.reader(), text, vec![]).await.db("reading kept answers to verify")?;
    let mut missing: BTreeMap<_, _> = named.answers.iter().collect();
    let mut findings = vec![];
    for row in rows {
        let principal: String = row.try_get_by_index(0).db("reading a kept answer's principal")?;
        let request: String = row.try_get_by_index(1).db("reading a kept answer's request")?;
        let answer: Vec<u8> = row.try_get_by_index(2).db("reading a kept answer")?;
        let key = (principal, request);
        match missing.remove(&key) {
            None => findings.push(finding(
                store,
                &Chain::Service,
                0,
                "an answer is kept that no row names",
                &key.1,
            )),
            Some((hash, chain, number)) if *hash != hex::encode(Sha256::digest(&answer)) => {
                findings.push(finding(store, chain, *number, "the answer kept for it was altered", &key.1));
            }
            Some(_) => {}
        }
    }
    for ((_, request), (_, chain, number)) in missing {
        findings.push(finding(store, chain, *number, "the answer kept for it is missing", request));
    }
    Ok(findings)
}

fn finding(store: &Store, chain: &Chain, number: u64, what: &str, request: &str) -> Finding {
    Finding {
        service: store.service().to_owned(),
        chain: chain.clone(),
        number,
        what: format!("{what} (request {request})"),
    }
}
