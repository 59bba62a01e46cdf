//! `cargo xtask bench journal`: what the journal costs, each figure beside a yardstick measured in the same run on the
//! same private, flushing PostgreSQL and the same JetStream. Ratios travel between machines; figures do not.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use holdpoint_bus::{Bus as _, JetStream, JetStreamOptions, Message, Subscription};
use holdpoint_chassis::clock::{MachineClock, WallCivilClock};
use holdpoint_journal::{
    By, Chain, Entry, Event, Follower, FollowerParts, Head, JournalService, Options, Outcome, Parked,
    Patience, Peer, ReactError, Reactor, Relay, Store, Tx, Watch,
};
use holdpoint_testkit::servers;
use jiff::Timestamp;
use sqlx::Executor as _;
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 5;
const SINGLES: usize = 1500;
const BATCHES: usize = 100;
const BATCH: u32 = 100;
const RELAYED: u32 = 50_000;
/// Bytes of one event: about those of a laboratory result.
const EVENT: usize = 150;

/// One figure beside its yardstick, both in rows or transactions a second.
struct Figure {
    name: &'static str,
    ours: f64,
    yardstick: f64,
    yardstick_name: &'static str,
    floor: Floor,
}

enum Floor {
    Ratio(f64),
    Rows(f64),
}

/// Runs the three measurements and prints them. Fails where one stays below its floor.
pub async fn run() -> Result<()> {
    let server = servers::private_postgres(true).context("this bench needs PostgreSQL")?;
    let nats = servers::private_nats().context("this bench needs NATS")?;
    let yard =
        PgPoolOptions::new().max_connections(16).connect(&format!("{}/postgres", server.url())).await?;
    yard.execute("CREATE TABLE counter (id INT PRIMARY KEY, n BIGINT NOT NULL)").await?;
    yard.execute("INSERT INTO counter VALUES (1, 0)").await?;
    yard.execute("CREATE TABLE plain (n BIGINT PRIMARY KEY, body BYTEA NOT NULL)").await?;
    let store = Store::open_with(server.url(), "bench", vec![], Options::default()).await?;
    let figures = [
        singles(&store, &yard, 1, "single appends in one trial, 1 connection").await?,
        singles(&store, &yard, 8, "single appends in one trial, 8 connections").await?,
        batches(&store, &yard).await?,
        relayed(server.url(), nats.url()).await?,
    ];
    report(&figures)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn report(figures: &[Figure]) -> Result<()> {
    let mut low = vec![];
    for figure in figures {
        let Figure { name, ours, yardstick, yardstick_name, floor } = figure;
        let ratio = ours / yardstick;
        let (fits, asked) = match floor {
            Floor::Ratio(floor) => (ratio >= *floor, format!("ratio >= {floor}")),
            Floor::Rows(floor) => (ours >= floor, format!(">= {floor}/s")),
        };
        println!("{name}: {ours:.0}/s; {yardstick_name}: {yardstick:.0}/s; ratio {ratio:.2} ({asked})");
        if !fits {
            low.push(*name);
        }
    }
    if low.is_empty() { Ok(()) } else { bail!("below the floor: {}", low.join(", ")) }
}

/// Both sides in turns, and the median of each, so that the machine's moods fall on both.
async fn in_turns<A, B>(
    count: usize,
    mut ours: impl FnMut() -> A,
    mut yard: impl FnMut() -> B,
) -> Result<(f64, f64)>
where
    A: Future<Output = Result<()>>,
    B: Future<Output = Result<()>>,
{
    let clock = MachineClock::new();
    let (mut mine, mut yards) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let mark = clock.mark();
        yard().await?;
        yards.push(count as f64 / clock.since(&mark).as_secs_f64());
        let mark = clock.mark();
        ours().await?;
        mine.push(count as f64 / clock.since(&mark).as_secs_f64());
    }
    Ok((median(mine), median(yards)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn singles(store: &Store, yard: &PgPool, tasks: usize, name: &'static str) -> Result<Figure> {
    let each = SINGLES / tasks;
    let ours = || together(tasks, || append_singly(store.clone(), each));
    let bare = || together(tasks, || count_singly(yard.clone(), each));
    let (ours, yardstick) = in_turns(each * tasks, ours, bare).await?;
    let yardstick_name = "bare transactions on one locked row";
    Ok(Figure { name, ours, yardstick, yardstick_name, floor: Floor::Ratio(0.5) })
}

async fn together<F>(tasks: usize, mut work: impl FnMut() -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let running: Vec<_> = (0..tasks).map(|_| tokio::spawn(work())).collect();
    for task in running {
        task.await??;
    }
    Ok(())
}

async fn append_singly(store: Store, count: usize) -> Result<()> {
    for _ in 0..count {
        let mut tx = store.begin(&act()).await?;
        tx.append(event());
        tx.commit().await?;
    }
    Ok(())
}

/// `BEGIN; SELECT ... FOR UPDATE; UPDATE; COMMIT`: the least that a numbered chain can cost.
async fn count_singly(pool: PgPool, count: usize) -> Result<()> {
    for _ in 0..count {
        let mut txn = pool.begin().await?;
        let n: i64 =
            sqlx::query_scalar("SELECT n FROM counter WHERE id = 1 FOR UPDATE").fetch_one(&mut *txn).await?;
        sqlx::query("UPDATE counter SET n = $1 WHERE id = 1").bind(n + 1).execute(&mut *txn).await?;
        txn.commit().await?;
    }
    Ok(())
}

async fn batches(store: &Store, yard: &PgPool) -> Result<Figure> {
    let ours = || async {
        for _ in 0..BATCHES {
            append_batch(store, BATCH).await?;
        }
        Ok(())
    };
    let next = std::sync::atomic::AtomicI64::new(0);
    let plain = || async {
        for _ in 0..BATCHES {
            let first = next.fetch_add(i64::from(BATCH), std::sync::atomic::Ordering::Relaxed);
            let numbers: Vec<i64> = (first..first + i64::from(BATCH)).collect();
            sqlx::query("INSERT INTO plain SELECT n, $2 FROM UNNEST($1::bigint[]) AS n")
                .bind(numbers)
                .bind(vec![7_u8; EVENT])
                .execute(yard)
                .await?;
        }
        Ok(())
    };
    let (ours, yardstick) = in_turns(BATCHES * BATCH as usize, ours, plain).await?;
    Ok(Figure {
        name: "rows appended, 100 a commit",
        ours,
        yardstick,
        yardstick_name: "bare rows inserted, 100 a commit",
        floor: Floor::Rows(20_000.0),
    })
}

async fn append_batch(store: &Store, rows: u32) -> Result<()> {
    let mut tx = store.begin(&act()).await?;
    for _ in 0..rows {
        tx.append(event());
    }
    tx.commit().await?;
    Ok(())
}

fn act() -> By {
    By::new("bench", Timestamp::UNIX_EPOCH)
}

fn trial() -> Chain {
    Chain::trial("bench")
}

fn event() -> Entry {
    Entry::event(trial(), "bench.Event", vec![7; EVENT])
}

/// From the first publication to the reader's cursor at the head.
async fn relayed(postgres: &str, nats: &str) -> Result<Figure> {
    let source = Store::open(postgres, "source", vec![]).await?;
    let reader = Store::open(postgres, "reader", vec![]).await?;
    for _ in 0..RELAYED / 1000 {
        append_batch(&source, 1000).await?;
    }
    let head = source.head(&trial()).await?;
    let bus = JetStream::connect(nats, JetStreamOptions::default()).await?;
    let yardstick = bare_bus(nats).await?;
    let server = JournalService::server(source.clone(), Arc::new(Quiet), Arc::new(WallCivilClock));
    let follower = Follower::new(FollowerParts {
        store: reader.clone(),
        peer: Peer::new("source", server),
        bus: Arc::new(bus.clone()),
        reactor: Arc::new(Quiet),
        watch: Arc::new(Quiet),
        civil: Arc::new(WallCivilClock),
        // Heads are compared at the start, when nothing is published, and then not during the run: the bus must do it.
        patience: Patience { compare: Duration::from_secs(3600), ..Patience::default() },
    });
    let relay = Relay::new(source.clone(), Arc::new(bus), MachineClock::new());
    let stop = CancellationToken::new();
    let clock = MachineClock::new();
    let mark = clock.mark();
    let tasks = [tokio::spawn(relay.run(stop.clone())), tokio::spawn(follower.run(stop.clone()))];
    while reader.cursor("source", &trial()).await? != head {
        if clock.since(&mark) > Duration::from_secs(120) {
            bail!("the cursor did not reach the head within two minutes");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let ours = f64::from(RELAYED) / clock.since(&mark).as_secs_f64();
    stop.cancel();
    for task in tasks {
        task.await?;
    }
    Ok(Figure {
        name: "rows relayed from journal to cursor",
        ours,
        yardstick,
        yardstick_name: "bare messages published, acknowledged and received",
        floor: Floor::Rows(10_000.0),
    })
}

async fn bare_bus(nats: &str) -> Result<f64> {
    let options = JetStreamOptions { root: "bare".to_owned(), ..JetStreamOptions::default() };
    let bus = JetStream::connect(nats, options).await?;
    let wanted = Subscription { source: "bench".to_owned(), durable: "bare".to_owned() };
    let mut deliveries = bus.subscribe(wanted).await?;
    let clock = MachineClock::new();
    let mark = clock.mark();
    let publishing = async {
        for first in (0..RELAYED).step_by(500) {
            let messages: Vec<Message> = (first..first + 500).map(bare_message).collect();
            bus.publish(&messages).await?;
        }
        anyhow::Ok(())
    };
    let receiving = async {
        for _ in 0..RELAYED {
            deliveries.next().await.context("the subscription ended")?.ack().await;
        }
        anyhow::Ok(())
    };
    futures::try_join!(publishing, receiving)?;
    Ok(f64::from(RELAYED) / clock.since(&mark).as_secs_f64())
}

fn bare_message(n: u32) -> Message {
    Message {
        service: "bench".to_owned(),
        chain: "bench".to_owned(),
        headers: [("Nats-Msg-Id".to_owned(), n.to_string())].into(),
        body: vec![7; EVENT],
    }
}

/// A reader that has nothing to do but to be up to date.
struct Quiet;

impl Reactor for Quiet {
    fn react<'a>(&'a self, _: &'a mut Tx, _: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        async { Ok(Outcome::Applied) }.boxed()
    }
}

impl Watch for Quiet {
    fn on_own_rollback<'a>(&'a self, _: &'a Chain, _: &'a str, _: Head) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }

    fn on_peer_rollback<'a>(&'a self, _: &'a str, _: &'a Chain, _: Head, _: Head) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }

    fn on_parked<'a>(&'a self, _: &'a Parked) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }
}
