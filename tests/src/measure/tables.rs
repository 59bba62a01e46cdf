//! When something was committed, seen from outside: asks a service's own tables, again and again, while it is awaited.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::time::Instant;

use crate::house::SERVICES;
use crate::story::TRIAL;

/// Between two looks: short beside what is measured, long beside what a look takes from those that are measured.
const LOOK: Duration = Duration::from_millis(1);
/// Longer than the longest life of a permit.
const PATIENCE: Duration = Duration::from_secs(60);

/// The databases of a house, each with a connection of its own. Clones share them.
#[derive(Clone)]
pub struct Tables {
    pools: BTreeMap<&'static str, PgPool>,
}

impl Tables {
    /// Opens the databases that a house keeps at this address.
    pub async fn open(store: &str) -> anyhow::Result<Self> {
        let mut pools = BTreeMap::new();
        for service in SERVICES {
            let pool = PgPoolOptions::new().max_connections(2);
            pools.insert(service, pool.connect(&format!("{store}_{service}")).await?);
        }
        Ok(Self { pools })
    }

    fn of(&self, service: &str) -> anyhow::Result<&PgPool> {
        self.pools.get(service).with_context(|| format!("there is no {service}"))
    }

    /// The newest row of a service's journal of the trial: incarnation, number and hash; zeros where there is none.
    pub async fn head(&self, service: &str) -> anyhow::Result<(i64, i64, Vec<u8>)> {
        let text = "SELECT incarnation, number, hash FROM journal_head WHERE chain = $1";
        let head = sqlx::query_as(text).bind(TRIAL).fetch_optional(self.of(service)?).await?;
        Ok(head.unwrap_or_default())
    }

    /// Waits for a row of this kind behind a number; answers when it was seen.
    pub async fn row(&self, service: &str, kind: &str, above: i64) -> anyhow::Result<Instant> {
        let text = "SELECT EXISTS (SELECT 1 FROM journal_row WHERE chain = $1 AND number > $2 AND kind = $3)";
        let pool = self.of(service)?;
        until(kind, async || {
            Ok(sqlx::query_scalar(text).bind(TRIAL).bind(above).bind(kind).fetch_one(pool).await?)
        })
        .await
    }

    /// Waits until safety's board of a hold shows every check; answers when it was seen.
    pub async fn all_checked(&self, hold: &str) -> anyhow::Result<Instant> {
        let pool = self.of("safety")?;
        until("every check", async || {
            let text = "SELECT body FROM board WHERE id = $1";
            let body: Option<String> = sqlx::query_scalar(text).bind(hold).fetch_optional(pool).await?;
            let board: serde_json::Value =
                body.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
            let checks = board.get("checks").and_then(|checks| checks.as_object());
            Ok(checks
                .is_some_and(|checks| checks.len() == 4 && checks.values().all(|check| !check.is_null())))
        })
        .await
    }

    /// Waits until every service has applied what each other has written of the trial, and nobody writes any more: the next thing
    /// that is measured finds a house with nothing else to do.
    pub async fn rest(&self) -> anyhow::Result<()> {
        let mut before = self.numbers().await?;
        loop {
            self.all_applied(&before).await?;
            let after = self.numbers().await?;
            if after == before {
                return Ok(());
            }
            before = after;
        }
    }

    /// Waits until every service has applied what these have written of the trial up to this moment, whoever writes on.
    pub async fn caught_up(&self, sources: &[&str]) -> anyhow::Result<()> {
        let mut numbers = self.numbers().await?;
        numbers.retain(|source, _| sources.contains(source));
        self.all_applied(&numbers).await
    }

    async fn all_applied(&self, numbers: &BTreeMap<&'static str, i64>) -> anyhow::Result<()> {
        for reader in SERVICES {
            for (source, number) in numbers.iter().filter(|(source, _)| **source != reader) {
                self.applied(reader, source, *number).await?;
            }
        }
        Ok(())
    }

    async fn numbers(&self) -> anyhow::Result<BTreeMap<&'static str, i64>> {
        let mut numbers = BTreeMap::new();
        for service in SERVICES {
            numbers.insert(service, self.head(service).await?.1);
        }
        Ok(numbers)
    }

    /// Waits until a service has applied another's journal of the trial up to a number, where it reads that one.
    async fn applied(&self, service: &str, source: &str, number: i64) -> anyhow::Result<()> {
        let text = "SELECT NOT EXISTS (SELECT 1 FROM journal_cursor WHERE source = $1 AND chain = $2 AND number < $3)";
        let pool = self.of(service)?;
        until("rows applied", async || {
            Ok(sqlx::query_scalar(text).bind(source).bind(TRIAL).bind(number).fetch_one(pool).await?)
        })
        .await
        .map(drop)
    }
}

async fn until(what: &str, mut look: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<Instant> {
    let begun = Instant::now();
    while !look().await? {
        if begun.elapsed() > PATIENCE {
            bail!("waited {} s in vain: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(Instant::now())
}
