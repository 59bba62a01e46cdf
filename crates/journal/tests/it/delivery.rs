//! Whatever the bus does to messages (loses, doubles, delays, reorders, is wiped), every reader ends the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_bus::{Bus, BusError, Deliveries, Local, Message, SharedBus, Subscription};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_journal::{Chain, Entry, Patience, Relay, verify, witnesses};
use tokio_util::sync::CancellationToken;

use crate::support::{
    Db, Ringing, Service, append, by, jetstream, local, numbers, on_both_databases, shuffled_jetstream,
    shuffled_local, trial,
};

on_both_databases!(
    in_process,
    in_process_in_the_worst_weather,
    over_jetstream,
    over_jetstream_in_the_worst_weather,
    a_wiped_stream_changes_nothing,
    a_newcomer_starts_from_the_first_row,
    copies_of_a_service_share_the_work,
    many_gates_at_once_apply_each_row_once,
    an_acknowledgement_lost_on_the_way_changes_nothing,
    a_gate_catches_up_to_a_head,
    rows_that_say_nothing_and_unknown_types_move_the_cursor,
);

const EAGER: Patience = Patience { gap: Duration::from_millis(30), compare: Duration::from_millis(300) };

async fn in_process(db: Db) {
    rows_arrive(&db, local()).await;
}

async fn in_process_in_the_worst_weather(db: Db) {
    rows_arrive(&db, shuffled_local()).await;
}

async fn over_jetstream(db: Db) {
    rows_arrive(&db, jetstream().await).await;
}

async fn over_jetstream_in_the_worst_weather(db: Db) {
    rows_arrive(&db, shuffled_jetstream().await).await;
}

/// Two readers of one journal of two chains, one of them late.
async fn rows_arrive(db: &Db, ringing: Option<Ringing>) {
    let Some(Ringing { bus, .. }) = ringing else { return };
    let stop = CancellationToken::new();
    let (source, early, late) = (
        Service::start(db, "dosing").await,
        Service::start(db, "safety").await,
        Service::start(db, "followup").await,
    );
    let relay = Relay::new(source.store.clone(), bus.clone(), MachineClock::new());
    let mut tasks = vec![
        tokio::spawn(relay.run(stop.clone())),
        tokio::spawn(early.follow(&source, bus.clone(), EAGER).run(stop.clone())),
    ];
    append(&source.store, &trial(), 0..60).await;
    append(&source.store, &Chain::Service, 0..20).await;
    tasks.push(tokio::spawn(late.follow(&source, bus.clone(), EAGER).run(stop.clone())));
    append(&source.store, &trial(), 60..100).await;
    for reader in [&early, &late] {
        for (chain, n) in [(trial(), 100), (Chain::Service, 20)] {
            reader.until_level(&source, &chain).await;
            assert_eq!(reader.tally(&chain).await, numbers(0..n), "each once, in order");
        }
        assert!(reader.told.parked.lock().unwrap().is_empty());
        assert!(reader.told.peer.lock().unwrap().is_empty());
    }
    assert!(source.told.own.lock().unwrap().is_empty());
    let remembered = witnesses(&source.store, &[early.as_peer(), late.as_peer()]).await.unwrap();
    assert!(verify(&source.store, &remembered).await.unwrap().is_clean());
    stop.cancel();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn a_wiped_stream_changes_nothing(db: Db) {
    let Some(ringing) = jetstream().await else { return };
    let stop = CancellationToken::new();
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let relay = Relay::new(source.store.clone(), ringing.bus.clone(), MachineClock::new());
    let relay = tokio::spawn(relay.run(stop.clone()));
    append(&source.store, &trial(), 0..10).await;
    ringing.wipe().await;
    let follower = tokio::spawn(reader.follow(&source, ringing.bus.clone(), EAGER).run(stop.clone()));
    append(&source.store, &trial(), 10..20).await;
    reader.until_level(&source, &trial()).await;
    ringing.wipe().await;
    append(&source.store, &trial(), 20..40).await;
    reader.until_level(&source, &trial()).await;
    assert_eq!(reader.tally(&trial()).await, numbers(0..40));
    stop.cancel();
    relay.await.unwrap();
    follower.await.unwrap();
}

async fn a_newcomer_starts_from_the_first_row(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    append(&source.store, &trial(), 0..30).await;
    let mut tx = source.store.begin(&by("feed")).await.unwrap();
    for n in 30..1300 {
        tx.append(crate::support::counted(&trial(), n));
    }
    tx.commit().await.unwrap();
    reader.read(&source).compare().await.unwrap();
    assert_eq!(reader.tally(&trial()).await, numbers(0..1300));
}

async fn a_gate_catches_up_to_a_head(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let asked = append(&source.store, &trial(), 0..5).await;
    append(&source.store, &trial(), 5..9).await;
    let follower = reader.read(&source);
    assert_eq!(follower.catch_up(&trial(), Some(asked)).await.unwrap(), asked, "no further than asked");
    let all = follower.catch_up(&trial(), None).await.unwrap();
    assert_eq!(all.number, 9);
    assert_eq!(follower.catch_up(&trial(), Some(asked)).await.unwrap(), all, "an older head is known");
    let mut forged = asked;
    forged.hash[0] ^= 1;
    let refused = follower.catch_up(&trial(), Some(forged)).await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0011"), "{refused}");
    let mut beyond = all;
    beyond.number += 3;
    assert!(follower.catch_up(&trial(), Some(beyond)).await.is_err());
}

async fn rows_that_say_nothing_and_unknown_types_move_the_cursor(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let mut tx = source.store.begin(&by("ann")).await.unwrap();
    tx.append(Entry::audit(trial(), "test.Audit", serde_json::Value::Null).critical());
    tx.append(Entry::event(trial(), "test.Later", vec![1]));
    tx.commit().await.unwrap();
    append(&source.store, &trial(), 0..2).await;
    let follower = reader.follow(&source, Arc::new(Local::default()), EAGER);
    follower.catch_up(&trial(), None).await.unwrap();
    assert_eq!(reader.tally(&trial()).await, numbers(0..2));
    assert_eq!(follower.unknown_events(), 1);
}

async fn copies_of_a_service_share_the_work(db: Db) {
    let Some(Ringing { bus, .. }) = jetstream().await else { return };
    let stop = CancellationToken::new();
    let source = Service::start(&db, "dosing").await;
    let copies = [Service::start(&db, "safety").await, Service::start(&db, "safety").await];
    let mut tasks = vec![];
    for _ in 0..2 {
        let relay = Relay::new(source.store.clone(), bus.clone(), MachineClock::new());
        tasks.push(tokio::spawn(relay.run(stop.clone())));
    }
    for copy in &copies {
        tasks.push(tokio::spawn(copy.follow(&source, bus.clone(), EAGER).run(stop.clone())));
    }
    append(&source.store, &trial(), 0..150).await;
    copies[0].until_level(&source, &trial()).await;
    assert_eq!(copies[1].tally(&trial()).await, numbers(0..150));
    stop.cancel();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn many_gates_at_once_apply_each_row_once(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let head = append(&source.store, &trial(), 0..40).await;
    let gates: Vec<_> = (0..12)
        .map(|_| {
            let follower = reader.read(&source);
            tokio::spawn(async move { follower.catch_up(&trial(), Some(head)).await })
        })
        .collect();
    for gate in gates {
        assert_eq!(gate.await.unwrap().unwrap(), head);
    }
    assert_eq!(reader.tally(&trial()).await, numbers(0..40));
}

/// A bus that publishes and then loses the acknowledgement, every other time.
struct Forgetful {
    bus: Local,
    turn: AtomicU64,
}

impl Bus for Forgetful {
    fn publish<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<(), BusError>> {
        let forgets = self.turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        async move {
            self.bus.publish(messages).await?;
            if forgets {
                Err(BusError::Unreachable("the acknowledgement was lost".to_owned()))
            } else {
                Ok(())
            }
        }
        .boxed()
    }

    fn subscribe(&self, wanted: Subscription) -> BoxFuture<'_, Result<Deliveries, BusError>> {
        self.bus.subscribe(wanted)
    }

    fn is_reachable(&self) -> bool {
        true
    }
}

async fn an_acknowledgement_lost_on_the_way_changes_nothing(db: Db) {
    let bus: SharedBus = Arc::new(Forgetful { bus: Local::default(), turn: AtomicU64::new(0) });
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let stop = CancellationToken::new();
    let follower = tokio::spawn(reader.follow(&source, bus.clone(), EAGER).run(stop.clone()));
    let mut relay = Relay::new(source.store.clone(), bus, MachineClock::new());
    for first in [0, 10, 20] {
        append(&source.store, &trial(), first..first + 10).await;
        assert!(relay.publish_due().await.is_err());
        relay.publish_due().await.unwrap();
    }
    reader.until_level(&source, &trial()).await;
    assert_eq!(reader.tally(&trial()).await, numbers(0..30));
    stop.cancel();
    follower.await.unwrap();
}
