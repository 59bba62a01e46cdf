//! What people heard and may act on, with the moment of hearing on this machine's monotonic clock. The promise is judged by it:
//! between the moment a hold is known to be effective and its release nobody hears anything that it covers.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::ensure;
use tokio::time::Instant;

/// A valid Go, or an allocation, at the moment it was heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The infusion, or the subject of the allocation.
    pub what: String,
    /// The permit behind it.
    pub permit: String,
    /// When.
    pub at: Instant,
}

/// Everything heard. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Ears {
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Ears {
    pub(super) fn hear(&self, what: &str, permit: &str) {
        let heard = Heard { what: what.to_owned(), permit: permit.to_owned(), at: Instant::now() };
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
    }

    /// Everything heard so far.
    pub fn all(&self) -> Vec<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether something was heard of this infusion or subject.
    pub fn heard(&self, what: &str) -> bool {
        self.all().iter().any(|heard| heard.what == what)
    }

    /// H1: nothing was heard from one moment on.
    pub fn nothing_since(&self, from: Instant) -> anyhow::Result<()> {
        for heard in self.all() {
            let (what, permit) = (&heard.what, &heard.permit);
            ensure!(
                heard.at < from,
                "{what} was heard (permit {permit}) after the hold was known to be effective"
            );
        }
        Ok(())
    }
}
