//! Says which subject a hospital number belongs to. The number is known here under its keyed hash alone; what waited for
//! it is taken up in the same commit.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::Tx;

use super::ingest_results::{Outcome, redrive};
use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::Refusal;
use crate::domain::alias::Alias;
use crate::domain::feed::Feed;
use crate::domain::identity::Link;
use crate::domain::pseudonym::NumberHash;
use crate::domain::quarantine::{Awaited, Quarantined};
use crate::domain::tally::Arrival;
use crate::events;
use crate::store::{self, of};

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/LinkSubject";

/// The link.
#[derive(Clone, Debug)]
pub struct LinkSubject {
    /// The act.
    pub act: Act,
    /// Subject, number, and what reports are compared with.
    pub link: Link,
}

/// Links, and answers how many analytes were taken up. Refused: the number is another subject's of the same trial.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: LinkSubject) -> Result<Done<u32>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let mut link = cmd.link;
    let subject = store::subject(&tx, &link.whose).await?;
    authority::require(&tx, actor, RPC, &link.whose.trial, subject.site.as_deref()).await?;
    link.number = by_now(&tx, &link, subject.site.as_deref()).await?;
    let linked = tx.find::<Link>(&[("number", link.number.as_str())]).await?;
    if linked.iter().any(|other| other.whose.trial == link.whose.trial && other.whose != link.whose) {
        return Err(Refusal::NumberTaken.into());
    }
    let awaited = Awaited::number(&link.number);
    let entry = events::subject_linked(&link.whose);
    match tx.get::<Link>(&of(&link.whose)).await? {
        Some(known) => drop(tx.record(&known, link, [entry]).await?),
        None => drop(tx.record_new(&link, [entry]).await?),
    }
    let waiting = tx.find::<Quarantined>(&[("waits_for", awaited.as_str())]).await?;
    let answers = redrive(ctx, &mut tx, waiting, None).await?;
    let up = answers.iter().filter(|answer| answer.outcome != Outcome::Arrived(Arrival::Quarantined));
    let taken_up = u32::try_from(up.count()).unwrap_or(u32::MAX);
    applied(tx, taken_up).await
}

/// The number by now: a feed of the subject's site may have said that the one on the chart went up in another. Where two
/// feeds say different things, the one on the chart stays, and what comes by the others waits.
async fn by_now(tx: &Tx, link: &Link, site: Option<&str>) -> Result<NumberHash> {
    let aliases = tx.find::<Alias>(&[("number", link.number.as_str())]).await?;
    let mut into = BTreeSet::new();
    for alias in aliases {
        let Some(number) = &alias.into else { continue };
        let feed = tx.get::<Feed>(alias.feed.as_str()).await?;
        if feed.is_some_and(|feed| feed.covers(&link.whose.trial, site)) {
            into.insert(number.clone());
        }
    }
    Ok(into.pop_first().filter(|_| into.is_empty()).unwrap_or_else(|| link.number.clone()))
}
