//! Many aggregates of one kind, read at once, changed in memory, and written at once: what lets a thousand results, or a
//! day's visits, share one commit. The order of writing is that of their ids, so that two commits never wait for each other
//! in a circle.

use std::collections::BTreeMap;

use holdpoint_chassis::error::{Error, Result};

use super::{Aggregate, Stored};
use crate::error::{RACE, TAKEN};
use crate::tx::Tx;

/// Aggregates by id, with what changed of them.
#[derive(Debug)]
pub struct Changed<A> {
    held: BTreeMap<String, Held<A>>,
}

#[derive(Debug)]
struct Held<A> {
    stored: Option<Stored<A>>,
    value: A,
}

impl<A> Default for Changed<A> {
    fn default() -> Self {
        Self { held: BTreeMap::new() }
    }
}

impl<A: Aggregate + PartialEq> Changed<A> {
    /// Takes what was read.
    pub fn take(&mut self, read: impl IntoIterator<Item = Stored<A>>) {
        for stored in read {
            let held = Held { value: stored.value.clone(), stored: Some(stored) };
            self.held.insert(held.value.id(), held);
        }
    }

    /// One as it stands.
    pub fn get(&self, id: &str) -> Option<&A> {
        self.held.get(id).map(|held| &held.value)
    }

    /// One, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut A> {
        self.held.get_mut(id).map(|held| &mut held.value)
    }

    /// One, to be changed; made where there is none.
    pub fn entry(&mut self, id: &str, make: impl FnOnce() -> A) -> &mut A {
        let held = self.held.entry(id.to_owned()).or_insert_with(|| Held { stored: None, value: make() });
        &mut held.value
    }

    /// All of them, as they stand.
    pub fn values(&self) -> impl Iterator<Item = &A> {
        self.held.values().map(|held| &held.value)
    }

    /// Writes what is there for the first time and what changed. What somebody else wrote meanwhile is a race, also where
    /// both wrote it for the first time.
    pub async fn write(self, tx: &mut Tx) -> Result<()> {
        let (mut first, mut changes) = (vec![], vec![]);
        for held in self.held.into_values() {
            match held.stored {
                None => first.push(held.value),
                Some(stored) if stored.value != held.value => changes.push((stored, held.value)),
                Some(_) => {}
            }
        }
        // A key that a change gives up may be taken by what is there for the first time.
        tx.update_all(&changes).await?;
        tx.insert_all(&first).await.map_err(race)
    }
}

fn race(error: Error) -> Error {
    match error.code() == Some(TAKEN.code) {
        true => RACE.refuse("the same was stored meanwhile; judge again").into(),
        false => error,
    }
}
