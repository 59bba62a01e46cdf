//! Decides what a repeated request hears: the kept answer of its success. A refusal is never kept, it is judged
//! again. The same request id with other content is refused, and the attempt is journaled.

use holdpoint_chassis::error::{OrFault as _, Result};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::json;

use super::{Store, sql};
use crate::by::{By, Request};
use crate::chain::Chain;
use crate::error::{DbResult as _, OTHER_BODY, RACE};
use crate::row::Entry;

/// Kind of the audit row of a request id that came again with other content.
pub(crate) const REQUEST_MISMATCH: &str = "holdpoint.journal.v1.RequestMismatch";
/// Kind of the audit row of a person's act refused at a gate.
pub(crate) const ACT_REFUSED: &str = "holdpoint.journal.v1.ActRefused";

/// Kind of the audit row of an act that succeeded and changed nothing.
const NOTHING_CHANGED: &str = "holdpoint.journal.v1.NothingChanged";

/// The row that names a kept answer where the act has no other: of an act that changed nothing, as a question put to rules
/// of which none applies. It goes onto a chain that the act has locked, so that locks keep their order.
pub(crate) fn nothing_changed(locked: Option<&Chain>, request: &Request) -> Entry {
    let chain = locked.cloned().unwrap_or(Chain::Service);
    Entry::audit(chain, NOTHING_CHANGED, json!({ "rpc": request.rpc }))
}

pub(super) async fn answered(store: &Store, by: &By) -> Result<Option<Vec<u8>>> {
    let Some(request) = &by.request else { return Ok(None) };
    let text = "SELECT rpc, body_hash, answer FROM journal_answer WHERE principal = $1 AND request = $2";
    let values = vec![by.principal.as_str().into(), request.id.as_str().into()];
    let Some(row) = sql::one(store.reader(), text, values).await.db("looking for a kept answer")? else {
        return Ok(None);
    };
    let rpc: String = row.try_get_by_index(0).or_fault("reading a kept answer's method")?;
    let body_hash: Vec<u8> = row.try_get_by_index(1).or_fault("reading a kept answer's request")?;
    if rpc == request.rpc && body_hash == request.body_hash {
        return Ok(Some(row.try_get_by_index(2).or_fault("reading a kept answer")?));
    }
    journal_mismatch(store, by, request, &rpc).await?;
    Err(OTHER_BODY
        .refuse(
            "this request id was used before with other content; make another id for another intention, \
             or repeat the content as it was",
        )
        .into())
}

async fn journal_mismatch(store: &Store, by: &By, request: &Request, first_rpc: &str) -> Result<()> {
    let what = json!({ "first_rpc": first_rpc, "rpc": request.rpc });
    let mut tx = store.begin(by).await?;
    tx.append(Entry::audit(Chain::Service, REQUEST_MISMATCH, what));
    tx.commit().await.map(drop)
}

pub(super) async fn journal_refusal(
    store: &Store,
    by: &By,
    chain: &Chain,
    code: &str,
    what: serde_json::Value,
) -> Result<()> {
    let mut tx = store.begin(by).await?;
    tx.append(Entry::audit(chain.clone(), ACT_REFUSED, json!({ "code": code, "what": what })));
    tx.commit().await.map(drop)
}

/// Keeps the answer of a success. Of two that race under one request id the first to commit wins; the other is told
/// to judge again, and then hears the kept answer.
pub(super) async fn keep(txn: &DatabaseTransaction, values: Vec<Value>) -> Result<()> {
    let kept = sql::run(txn, keeping(1), values).await.db("keeping an answer")?;
    must_be_kept(kept.rows_affected())
}

/// The statement that keeps an answer, with its values from the n-th place on.
pub(super) fn keeping(n: usize) -> String {
    format!(
        "INSERT INTO journal_answer (principal, request, rpc, body_hash, answer) VALUES {} \
         ON CONFLICT (principal, request) DO NOTHING",
        sql::places(1, 5, n)
    )
}

/// The values of that statement.
pub(super) fn values(principal: &str, request: &Request, answer: &[u8]) -> Vec<Value> {
    vec![
        principal.into(),
        request.id.as_str().into(),
        request.rpc.as_str().into(),
        request.body_hash.to_vec().into(),
        answer.to_vec().into(),
    ]
}

/// Refuses where another was kept first.
pub(super) fn must_be_kept(count: u64) -> Result<()> {
    if count == 0 {
        return Err(RACE.refuse("the same request is being answered already; ask again").into());
    }
    Ok(())
}
