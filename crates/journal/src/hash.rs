//! Decides what the hash of a row covers: always stored bytes, never a re-encoding. Every part of unknown length is
//! preceded by its length, so that no two rows share a pre-image.

use sha2::{Digest, Sha256};

use crate::chain::Hash;

const ROW: &[u8] = b"holdpoint journal row 1\n";
const PRIVATE: &[u8] = b"holdpoint journal private part 1\n";

/// What the hash of a row covers.
pub(crate) struct Covered<'a> {
    pub service: &'a str,
    pub chain: &'a str,
    pub incarnation: u32,
    pub number: u64,
    pub previous: &'a Hash,
    /// The encoded envelope, as stored: it holds the time, the type and whether the row is critical.
    pub public: &'a [u8],
    pub private_hash: &'a Hash,
}

/// The hash of a row.
pub(crate) fn row(covered: &Covered<'_>) -> Hash {
    let mut digest = Sha256::new_with_prefix(ROW);
    for part in [covered.service.as_bytes(), covered.chain.as_bytes()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(covered.incarnation.to_be_bytes());
    digest.update(covered.number.to_be_bytes());
    digest.update(covered.previous);
    digest.update((covered.public.len() as u64).to_be_bytes());
    digest.update(covered.public);
    digest.update(covered.private_hash);
    digest.finalize().into()
}

/// The hash of a private part. The salt keeps an erased part from being guessed back from its hash.
pub(crate) fn private(salt: &[u8], body: &[u8]) -> Hash {
    let mut digest = Sha256::new_with_prefix(PRIVATE);
    digest.update((salt.len() as u64).to_be_bytes());
    digest.update(salt);
    digest.update(body);
    digest.finalize().into()
}
