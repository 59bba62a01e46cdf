//! A suspension board as a stream: as it stands, then again whenever it changed, until the hold is released. Every board is
//! the whole of it, so who is slow misses steps in between and nothing else, and holds back nobody.

use std::time::Duration;

use futures::Stream;
use holdpoint_chassis::error::Result;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Reader;
use super::board::{Proven, Shown, proven, read};
use crate::ctx::Ctx;
use crate::domain::ids::{HoldId, TrialId};

/// Look for what another copy of safety wrote at least this often.
const LOOK: Duration = Duration::from_millis(500);
/// Between two looks: more often than eyes can follow helps nobody, and each look reads the trial's permits.
const REST: Duration = Duration::from_millis(100);

/// The boards of one hold. Ends with the board as it stood at the release, and with the first trouble: a reader whose part in
/// the trial has ended is refused, and the server stack ends it with the token.
pub async fn watch(
    ctx: &Ctx,
    reader: Reader,
    trial: TrialId,
    hold: HoldId,
) -> Result<impl Stream<Item = Result<Proven>> + Send + use<>> {
    reader.of(ctx, &trial).await?;
    read(ctx, &trial, &hold).await?;
    let (queue, boards) = mpsc::channel(1);
    tokio::spawn(Pump { ctx: ctx.clone(), reader, trial, hold, queue }.run());
    Ok(ReceiverStream::new(boards))
}

struct Pump {
    ctx: Ctx,
    reader: Reader,
    trial: TrialId,
    hold: HoldId,
    queue: mpsc::Sender<Result<Proven>>,
}

impl Pump {
    async fn run(self) {
        if let Err(error) = self.send_all().await {
            // Who has gone away is not told.
            let _ = self.queue.send(Err(error)).await;
        }
    }

    async fn send_all(&self) -> Result<()> {
        let mut bell = self.ctx.store.doorbell();
        let mut sent: Option<Shown> = None;
        loop {
            bell.mark_unchanged();
            self.reader.of(&self.ctx, &self.trial).await?;
            let newest = read(&self.ctx, &self.trial, &self.hold).await?;
            let ends = !newest.hold.hold.stands();
            if sent.as_ref() != Some(&newest) {
                let gone = self.queue.send(Ok(proven(&self.ctx, newest.clone()).await?)).await.is_err();
                if gone {
                    return Ok(());
                }
                sent = Some(newest);
            }
            if ends {
                return Ok(());
            }
            tokio::select! {
                () = self.queue.closed() => return Ok(()),
                _ = bell.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            tokio::time::sleep(REST).await;
        }
    }
}
