//! Decides the worst weather a bus may have, for tests: every message comes twice, out of order and late, and some
//! never come. Seeded, so that a run can be repeated. Every scenario must end the same on it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::{Bus, BusError, Deliveries, Message, Subscription};

const LATE: Duration = Duration::from_millis(20);

/// A bus that doubles, shuffles, delays and, where asked, loses.
pub struct Shuffled<B> {
    bus: Arc<B>,
    state: Arc<Mutex<State>>,
    lose_one_in: u64,
}

struct State {
    seed: u64,
    held: Vec<Message>,
}

impl State {
    /// Splitmix64: small, and the same everywhere.
    fn draw(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }

    fn shuffle(&mut self, messages: &mut [Message]) {
        for at in (1..messages.len()).rev() {
            let other = self.draw(at as u64 + 1) as usize;
            messages.swap(at, other);
        }
    }
}

impl<B: Bus> Shuffled<B> {
    /// Doubles and shuffles what goes over `bus`.
    pub fn new(bus: B, seed: u64) -> Self {
        let state = State { seed, held: vec![] };
        Self { bus: Arc::new(bus), state: Arc::new(Mutex::new(state)), lose_one_in: 0 }
    }

    /// Also loses one message in `n`.
    pub fn losing_one_in(mut self, n: u64) -> Self {
        self.lose_one_in = n;
        self
    }

    /// What goes out at once; the rest is held back.
    fn pick(&self, messages: &[Message]) -> Vec<Message> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pool = std::mem::take(&mut state.held);
        for message in messages {
            if self.lose_one_in == 0 || state.draw(self.lose_one_in) != 0 {
                pool.extend([copy(message, 1), copy(message, 2)]);
            }
        }
        state.shuffle(&mut pool);
        let keep = state.draw(pool.len() as u64 + 1) as usize;
        state.held = pool.split_off(pool.len() - keep);
        pool
    }
}

/// A real bus would drop a repeat by its id; here the repeat must arrive.
fn copy(message: &Message, nth: u8) -> Message {
    let mut copy = message.clone();
    if let Some(id) = copy.headers.get_mut("Nats-Msg-Id") {
        id.push_str(&format!("-{nth}"));
    }
    copy
}

impl<B: Bus> Bus for Shuffled<B> {
    fn publish<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<(), BusError>> {
        let at_once = self.pick(messages);
        let (bus, state) = (Arc::clone(&self.bus), Arc::clone(&self.state));
        tokio::spawn(async move {
            tokio::time::sleep(LATE).await;
            let late = std::mem::take(&mut state.lock().unwrap_or_else(PoisonError::into_inner).held);
            if let Err(cause) = bus.publish(&late).await {
                tracing::debug!(%cause, "late messages were lost");
            }
        });
        Box::pin(async move { self.bus.publish(&at_once).await })
    }

    fn subscribe(&self, wanted: Subscription) -> BoxFuture<'_, Result<Deliveries, BusError>> {
        self.bus.subscribe(wanted)
    }

    fn is_reachable(&self) -> bool {
        self.bus.is_reachable()
    }
}
