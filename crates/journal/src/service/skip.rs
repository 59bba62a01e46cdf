//! Passes over one parked row of a peer, on a person's word: the cursor moves behind it, and the journal says who did
//! so and why. The only way past a row that cannot be applied, apart from a version that can apply it.

use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::clock::Civil;
use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use prost::Message as _;
use serde_json::json;
use tonic::Request;

use crate::by::{self, By};
use crate::chain::Chain;
use crate::error::{NO_ACTOR, NO_REASON, NOT_PARKED};
use crate::row::Entry;
use crate::store::{Store, cursors};

/// Type of the row that says so.
const ROW_SKIPPED: &str = "holdpoint.journal.v1.RowSkipped";
const RPC: &str = "/holdpoint.journal.v1.Journal/Skip";

/// Who skips, and why.
pub(super) fn by(request: &Request<pb::SkipRequest>, civil: &Civil) -> Result<By> {
    let actor = request.extensions().get::<Actor>();
    let actor = actor.ok_or_else(|| NO_ACTOR.refuse("only a known person may skip a row"))?;
    let message = request.get_ref();
    let act = message.act.clone().unwrap_or_default();
    if act.reason.trim().is_empty() {
        return Err(NO_REASON.refuse("say why this row may be passed over").into());
    }
    let by = By::new(&actor.principal, civil.now()).reason(act.reason);
    if act.request_id.is_empty() {
        return Ok(by);
    }
    Ok(by.request(by::Request::of(act.request_id, RPC, &message.encode_to_vec())))
}

pub(super) async fn run(store: &Store, by: By, request: pb::SkipRequest) -> Result<()> {
    if store.answered(&by).await?.is_some() {
        return Ok(());
    }
    let keep_answer = by.request.is_some();
    let chain = Chain::trial(request.chain);
    let source = request.source;
    let _applying = store.applying().await;
    let mut tx = store.begin(&by).await?;
    cursors::lock_cursor(tx.connection(), &source, &chain).await?;
    let parked = cursors::parked(tx.connection(), &source, &chain).await?;
    let Some(parked) = parked.filter(|parked| parked.head.number == request.number) else {
        let message = format!("row {} of {source}'s journal of {chain} is not parked", request.number);
        return Err(NOT_PARKED.refuse(message).into());
    };
    cursors::unpark(tx.connection(), &source, &chain).await?;
    cursors::move_cursor(tx.connection(), (&source, &chain), &[parked.head], true).await?;
    let skipped = pb::RowSkipped {
        source,
        chain: chain.as_str().to_owned(),
        head: Some(parked.head.into()),
        r#type: parked.kind,
    };
    let entry = Entry::event(chain, ROW_SKIPPED, skipped.encode_to_vec());
    tx.append(entry.private(json!({ "why_parked": parked.why })));
    if keep_answer {
        tx.answer(vec![]);
    }
    tx.commit().await.map(drop)
}
