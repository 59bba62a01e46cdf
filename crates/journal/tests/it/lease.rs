//! Of several copies of a service one publishes a chain; another takes over when the first shows no life.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_bus::{Bus, BusError, Deliveries, Local, Message, Subscription};
use holdpoint_chassis::clock::{MachineClock, TestMachine};
use holdpoint_journal::Relay;
use tokio_util::sync::CancellationToken;

use crate::support::{Db, append, on_both_databases, trial};

on_both_databases!(one_publishes_until_it_is_silent, a_bus_that_fails_loses_nothing, leases_are_given_back);

/// A bus that notes the numbers it was given, and fails when told to.
#[derive(Default)]
struct Noting {
    local: Local,
    numbers: Mutex<Vec<String>>,
    fails: Mutex<bool>,
}

impl Bus for Noting {
    fn publish<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<(), BusError>> {
        if *self.fails.lock().unwrap() {
            return async { Err(BusError::Unreachable("test".to_owned())) }.boxed();
        }
        let mut numbers = self.numbers.lock().unwrap();
        numbers.extend(messages.iter().map(|message| message.headers["ce-hpnumber"].clone()));
        async { Ok(()) }.boxed()
    }

    fn subscribe(&self, wanted: Subscription) -> BoxFuture<'_, Result<Deliveries, BusError>> {
        self.local.subscribe(wanted)
    }

    fn is_reachable(&self) -> bool {
        true
    }
}

async fn one_publishes_until_it_is_silent(db: Db) {
    let store = db.open("dosing").await;
    let (first_bus, second_bus) = (Arc::new(Noting::default()), Arc::new(Noting::default()));
    let machine = TestMachine::default();
    let mut first = Relay::new(store.clone(), first_bus.clone(), MachineClock::test(&machine));
    let mut second = Relay::new(store.clone(), second_bus.clone(), MachineClock::test(&machine));
    append(&store, &trial(), 0..2).await;
    first.publish_due().await.unwrap();
    append(&store, &trial(), 2..3).await;
    second.publish_due().await.unwrap();
    machine.advance(Duration::from_secs(2));
    second.publish_due().await.unwrap();
    assert!(second_bus.numbers.lock().unwrap().is_empty(), "the first holds the lease");
    machine.advance_wall(Duration::from_secs(3600));
    second.publish_due().await.unwrap();
    assert!(second_bus.numbers.lock().unwrap().is_empty(), "a stepped wall clock ends no lease");
    machine.advance(Duration::from_secs(2));
    second.publish_due().await.unwrap();
    assert_eq!(*second_bus.numbers.lock().unwrap(), ["3"]);
    append(&store, &trial(), 3..4).await;
    first.publish_due().await.unwrap();
    assert_eq!(*first_bus.numbers.lock().unwrap(), ["1", "2"], "the first has lost it");
}

async fn a_bus_that_fails_loses_nothing(db: Db) {
    let store = db.open("dosing").await;
    let bus = Arc::new(Noting::default());
    let mut relay = Relay::new(store.clone(), bus.clone(), MachineClock::new());
    append(&store, &trial(), 0..3).await;
    *bus.fails.lock().unwrap() = true;
    assert!(relay.publish_due().await.is_err());
    *bus.fails.lock().unwrap() = false;
    relay.publish_due().await.unwrap();
    relay.publish_due().await.unwrap();
    assert_eq!(*bus.numbers.lock().unwrap(), ["1", "2", "3"], "in order, and not again");
}

async fn leases_are_given_back(db: Db) {
    let store = db.open("dosing").await;
    let bus = Arc::new(Noting::default());
    append(&store, &trial(), 0..1).await;
    let stop = CancellationToken::new();
    stop.cancel();
    Relay::new(store.clone(), bus.clone(), MachineClock::new()).run(stop).await;
    append(&store, &trial(), 1..2).await;
    Relay::new(store.clone(), bus.clone(), MachineClock::new()).publish_due().await.unwrap();
    assert_eq!(*bus.numbers.lock().unwrap(), ["1", "2"]);
}
