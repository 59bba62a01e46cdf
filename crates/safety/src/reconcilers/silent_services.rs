//! A service whose suspension check of a hold stays out for ten seconds is itself told of, once for each hold
//! (architecture, "Life of a serious adverse event", step 6).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tally};

use crate::commands::alerting::{Tell, raise};
use crate::ctx::Ctx;
use crate::domain::board::Board;
use crate::store::{Trial, YES};

/// Looks at every board on which a service is awaited.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let waiting: Vec<Stored<Board>> = ctx.store.find(&[("waiting", YES)]).await?;
    let mut told = Tally::default();
    for board in waiting {
        if !board.silent(ctx.instance.since(&board.hold)).is_empty() {
            told.add(tell(ctx, &board).await.map(|()| true));
        }
    }
    told.told()
}

async fn tell(ctx: &Ctx, board: &Board) -> Result<()> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut trial = Trial::lock(&mut tx, &board.trial).await?;
    let Some(stored) = trial.tx.get::<Board>(board.hold.as_str()).await? else { return Ok(()) };
    let silent = stored.silent(ctx.instance.since(&board.hold));
    let names = silent.iter().map(|peer| peer.as_str()).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return Ok(());
    }
    let text = format!("hold {} has not been checked by {names} for ten seconds", board.hold);
    trial.tx.update(&stored, Board { silence_told: true, ..stored.value.clone() }).await?;
    raise(ctx, &mut trial, Tell::critical("service-silent", text).hold(&board.hold)).await?;
    tx.commit().await.map(drop)
}
