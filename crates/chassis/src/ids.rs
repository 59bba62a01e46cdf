//! Where identifiers come from: the system's randomness, or a seed in the demo and in tests. Ids are arguments to
//! every decision; nothing else mints them. Ids of holds, permits and asks are random (holds.md, "Words").

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A source of ids. Clones share the sequence.
#[derive(Debug, Clone)]
pub struct Ids {
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Random,
    Seeded { seed: [u8; 32], next: Arc<AtomicU64> },
}

impl Ids {
    /// Ids from the system's randomness.
    pub fn random() -> Self {
        Self { source: Source::Random }
    }

    /// The same sequence for the same seed, on every machine and version.
    pub fn seeded(seed: u64) -> Self {
        Self::from_seed(Sha256::digest(seed.to_be_bytes()).into())
    }

    /// A source of its own for one part, so that parts of a seeded run do not disturb each other's sequence.
    pub fn fork(&self, name: &str) -> Self {
        match &self.source {
            Source::Random => Self::random(),
            Source::Seeded { seed, .. } => Self::from_seed(
                Sha256::new().chain_update(seed).chain_update(name.as_bytes()).finalize().into(),
            ),
        }
    }

    /// The next id, in the form of a version 4 UUID.
    pub fn next(&self) -> Uuid {
        let drawn = self.bytes();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&drawn[..16]);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// 32 bytes for what is sealed and must not be guessed: the seed of a randomization list.
    pub fn bytes(&self) -> [u8; 32] {
        match &self.source {
            Source::Random => random_bytes(),
            Source::Seeded { seed, next } => {
                let turn = next.fetch_add(1, Ordering::SeqCst);
                Sha256::new().chain_update(seed).chain_update(turn.to_be_bytes()).finalize().into()
            }
        }
    }

    fn from_seed(seed: [u8; 32]) -> Self {
        Self { source: Source::Seeded { seed, next: Arc::new(AtomicU64::new(0)) } }
    }
}

/// Bytes of the system's randomness. Where the system has none the process ends: a repeated id or key would do
/// more harm than a stop.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(cause) = getrandom::fill(&mut bytes) {
        tracing::error!(%cause, "the system gives no random bytes; stopping, since ids and keys would repeat");
        std::process::abort();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_a_fork_does_not_disturb() {
        let (one, two) = (Ids::seeded(42), Ids::seeded(42));
        let first = one.next();
        assert_eq!(first, two.next());
        assert_ne!(first, one.next());
        let forked = one.fork("dosing").next();
        assert_eq!(forked, two.fork("dosing").next());
        assert_ne!(forked, two.fork("safety").next());
        assert_eq!(first.get_version_num(), 4);
    }

    #[test]
    fn random_ids_differ() {
        let ids = Ids::random();
        assert_ne!(ids.next(), ids.clone().next());
        assert_ne!(random_bytes::<32>(), random_bytes::<32>());
    }
}
