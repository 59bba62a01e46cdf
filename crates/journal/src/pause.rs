//! Decides how a service stands still for a backup: for a moment no row of a peer is applied, so that no cursor of one
//! database's copy is ahead of another's head. A pause ends by itself: whoever asked for it may be gone. Within a process it is a
//! lock; several copies of a service on one PostgreSQL database share one of the database's own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::ids::random_bytes;
use sea_orm::DatabaseTransaction;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, oneshot};

use crate::error::{BAD_PAUSE, BUSY, DbResult as _};
use crate::store::{Store, sql};

/// Any number that no other program locks: "paus" in ASCII. Applying takes it shared, a pause takes it alone.
pub(crate) const LOCK: i64 = 0x7061_7573;
/// What is being applied ends within this time, or the pause is refused.
const TO_REST: Duration = Duration::from_secs(3);
/// PostgreSQL ends a session that stays idle in its transaction for 10 s.
const LENGTHS_MS: std::ops::RangeInclusive<u64> = 100..=8_000;

/// The pauses of one store. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Pauses {
    gate: Arc<RwLock<()>>,
    standing: Arc<Mutex<BTreeMap<String, oneshot::Sender<oneshot::Sender<()>>>>>,
}

/// While it lives, rows are being applied and no pause begins.
pub(crate) struct Applying {
    _gate: OwnedRwLockReadGuard<()>,
}

impl Pauses {
    /// Waits for the end of a pause, and keeps the next from beginning.
    pub(crate) async fn applying(&self) -> Applying {
        Applying { _gate: self.gate.clone().read_owned().await }
    }

    fn keep(&self, pause: &str, end: oneshot::Sender<oneshot::Sender<()>>) {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).insert(pause.to_owned(), end);
    }

    fn take(&self, pause: &str) -> Option<oneshot::Sender<oneshot::Sender<()>>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).remove(pause)
    }
}

impl Store {
    /// Lets what is being applied come to its end and applies nothing more, for this long at most. Answers the pause's name.
    pub async fn pause(&self, length_ms: u64) -> Result<String> {
        if !LENGTHS_MS.contains(&length_ms) {
            let (low, high) = LENGTHS_MS.into_inner();
            let words = format!("found {length_ms} ms; allowed are {low} to {high}");
            return Err(BAD_PAUSE
                .refuse("a pause of this length is not given")
                .field("length_ms", None, words)
                .into());
        }
        let busy =
            || BUSY.refuse("what is being applied did not come to its end, or another backup is under way");
        let gate = tokio::time::timeout(TO_REST, self.pauses().gate.clone().write_owned()).await;
        let gate = gate.map_err(|_| busy())?;
        let shared = self.lock_for_all().await?;
        let (end, ended) = oneshot::channel::<oneshot::Sender<()>>();
        let pause = hex::encode(random_bytes::<8>());
        self.pauses().keep(&pause, end);
        let (pauses, name) = (self.pauses().clone(), pause.clone());
        tokio::spawn(async move {
            let asked = tokio::time::timeout(Duration::from_millis(length_ms), ended).await;
            drop(pauses.take(&name));
            drop(shared);
            drop(gate);
            match asked {
                Ok(Ok(told)) => drop(told.send(())),
                _ => tracing::warn!(length_ms, "nobody ended a backup's pause; it has run out"),
            }
        });
        tracing::info!(length_ms, "no peer's row is applied while a backup opens its snapshots");
        Ok(pause)
    }

    /// Ends a pause. Answers whether it had lasted until this moment.
    pub async fn resume(&self, pause: &str) -> bool {
        let Some(end) = self.pauses().take(pause) else { return false };
        let (tell, told) = oneshot::channel();
        end.send(tell).is_ok() && told.await.is_ok()
    }

    async fn lock_for_all(&self) -> Result<Option<DatabaseTransaction>> {
        if self.is_sqlite() {
            return Ok(None);
        }
        let txn = self.transaction().await?;
        sql::one(&txn, "SELECT pg_advisory_xact_lock($1)", vec![LOCK.into()])
            .await
            .db("pausing every copy of the service")?;
        Ok(Some(txn))
    }
}
