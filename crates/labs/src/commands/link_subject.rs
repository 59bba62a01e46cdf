//! Says which subject a hospital number belongs to. The number is known here under its keyed hash alone; what waited for
//! it is taken up in the same commit.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::ingest_results::{Outcome, redrive};
use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::Refusal;
use crate::domain::identity::{Claim, Link};
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
    let link = cmd.link;
    let subject = store::subject(&tx, &link.whose).await?;
    authority::require(&tx, actor, RPC, &link.whose.trial, subject.site.as_deref()).await?;
    let linked = tx.find::<Link>(&[("number", link.number.as_str())]).await?;
    if linked.iter().any(|other| other.whose.trial == link.whose.trial && other.whose != link.whose) {
        return Err(Refusal::NumberTaken.into());
    }
    let awaited = Awaited::number(&Claim { number: Some(link.number.clone()), ..Claim::default() });
    let entry = events::subject_linked(&link.whose);
    match tx.get::<Link>(&of(&link.whose)).await? {
        Some(known) => drop(tx.record(&known, link, [entry]).await?),
        None => drop(tx.record_new(&link, [entry]).await?),
    }
    let mut taken_up = 0;
    if let Some(awaited) = awaited {
        let waiting = tx.find::<Quarantined>(&[("waits_for", awaited.as_str())]).await?;
        let answers = redrive(ctx, &mut tx, waiting, None).await?;
        let up = answers.iter().filter(|answer| answer.outcome != Outcome::Arrived(Arrival::Quarantined));
        taken_up = u32::try_from(up.count()).unwrap_or(u32::MAX);
    }
    applied(tx, taken_up).await
}
