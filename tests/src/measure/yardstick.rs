//! What the parts cost by themselves on this machine, in the same run: a flushed commit, a message to JetStream, a call.

use std::time::Duration;

use anyhow::Context as _;
use holdpoint_bus::{Bus as _, JetStream, JetStreamOptions, Message};
use holdpoint_chassis::client::{Caller, connect};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::time::Instant;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::figures::{Figure, Yardstick};
use crate::house::House;

/// Bytes of a message: about those of an event.
const EVENT: usize = 150;

/// Measures each so many times.
pub async fn yardstick(house: &mut House, count: usize) -> anyhow::Result<Yardstick> {
    Ok(Yardstick {
        commit_ms: Figure::of(commits(house.store(), count).await?),
        nats_round_trip_ms: Figure::of(messages(&house.nats()?.url(), count).await?),
        grpc_round_trip_ms: Figure::of(calls(house, count).await?),
    })
}

async fn commits(store: &str, count: usize) -> anyhow::Result<Vec<Duration>> {
    let (server, _) = store.rsplit_once('/').context("a PostgreSQL address")?;
    let mut database = PgConnection::connect(&format!("{server}/postgres")).await?;
    let make = "CREATE TABLE IF NOT EXISTS yardstick (n BIGINT PRIMARY KEY, body BYTEA NOT NULL)";
    sqlx::query(make).execute(&mut database).await?;
    let last: Option<i64> =
        sqlx::query_scalar("SELECT MAX(n) FROM yardstick").fetch_one(&mut database).await?;
    let mut times = vec![];
    for n in (last.unwrap_or(0) + 1..).take(count) {
        let begun = Instant::now();
        let insert = sqlx::query("INSERT INTO yardstick VALUES ($1, $2)").bind(n).bind(vec![7_u8; EVENT]);
        insert.execute(&mut database).await?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

async fn messages(url: &str, count: usize) -> anyhow::Result<Vec<Duration>> {
    let options = JetStreamOptions { root: "yardstick".to_owned(), ..JetStreamOptions::default() };
    let bus = JetStream::connect(url, options).await?;
    let mut times = vec![];
    for _ in 0..count {
        let message = Message {
            service: "yardstick".to_owned(),
            chain: "yardstick".to_owned(),
            headers: [("Nats-Msg-Id".to_owned(), holdpoint_testkit::servers::unique())].into(),
            body: vec![7; EVENT],
        };
        let begun = Instant::now();
        bus.publish(&[message]).await?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

async fn calls(house: &House, count: usize) -> anyhow::Result<Vec<Duration>> {
    let address = house.addresses().remove("safety").context("safety has an address")?;
    let channel = connect(&address, Caller::Nobody, Duration::from_secs(10))?;
    let mut health = HealthClient::new(channel);
    health.check(HealthCheckRequest::default()).await?;
    let mut times = vec![];
    for _ in 0..count {
        let begun = Instant::now();
        health.check(HealthCheckRequest::default()).await?;
        times.push(begun.elapsed());
    }
    Ok(times)
}
