//! What stands in place of a hospital number, and names that follow from what they name: keyed hashes (HMAC-SHA-256).
//! The number itself is never kept; without the key nobody can find it by trying.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::identity::Claim;
use super::ids::{FeedId, MessageId, QuarantineId, ResultId, SubjectId, TrialId};
use super::observation::Observation;
use super::report::Head;

/// The key. Whoever has it can find out numbers by trying; it is a secret of the settings.
#[derive(Clone)]
pub struct NumberKey(Hmac<Sha256>);

/// A hospital number under the key: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberHash(String);

/// One analyte of one specimen, whoever's it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(String);

impl NumberHash {
    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Slot {
    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Digits of a name that is no person's: 96 bits, far from a collision among billions.
const SHORT: usize = 24;

impl NumberKey {
    /// The key of these bytes.
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes a key of any length: the library's error does not occur, and an empty key is the worst it could be.
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default())))
    }

    /// A hospital number. Blanks around it and the case of its letters do not make it another.
    pub fn number(&self, number: &str) -> NumberHash {
        NumberHash(self.hash("number", &[&normal(number)]))
    }

    /// Where the laboratory's words about one analyte of one specimen meet.
    pub fn slot(&self, feed: &FeedId, head: &Head, observation: &Observation) -> Slot {
        let Observation { code, system, sub_id, .. } = observation;
        Slot(self.short("slot", &[feed.as_str(), &head.filler_order, &head.specimen, system, code, sub_id]))
    }

    /// The result of a slot for one subject.
    pub fn result(&self, slot: &Slot, trial: &TrialId, subject: &SubjectId) -> ResultId {
        format!("r-{}", self.short("result", &[slot.as_str(), trial.as_str(), subject.as_str()])).into()
    }

    /// One analyte as it arrived, with the patient it was said of: the same for every repeat in whatever message.
    pub fn quarantine(
        &self,
        feed: &FeedId,
        claim: &Claim,
        head: &Head,
        observation: &Observation,
    ) -> QuarantineId {
        let head = Head { message: String::new(), ..head.clone() };
        let said = serde_json::to_string(&(claim, head, observation)).unwrap_or_default();
        format!("q-{}", self.short("quarantine", &[feed.as_str(), &said])).into()
    }

    /// A message by its bytes. Under the key: beside what is kept of the message, a hash that anybody can make would give
    /// the person away to whoever tries numbers and names.
    pub fn message(&self, feed: &FeedId, bytes: &[u8]) -> MessageId {
        let mut digits = hex::encode(self.mac("message", &[feed.as_str().as_bytes(), bytes]));
        digits.truncate(2 * SHORT);
        format!("m-{digits}").into()
    }

    /// What stands in a kept message in place of a number of the patient: the same for the same number.
    pub fn token(&self, number: &str) -> String {
        format!("n-{}", self.short("token", &[&normal(number)]))
    }

    fn short(&self, purpose: &str, parts: &[&str]) -> String {
        let mut digits = self.hash(purpose, parts);
        digits.truncate(SHORT);
        digits
    }

    /// Each part with its length before it, so that no two lists of parts are the same bytes.
    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn hash(&self, purpose: &str, parts: &[&str]) -> String {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        hex::encode(self.mac(purpose, &parts))
    }
}

/// Shows nothing.
impl fmt::Debug for NumberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberKey(hidden)")
    }
}

/// A number as it is compared: laboratories and wards write its letters in either case.
pub fn normal(number: &str) -> String {
    number.trim().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_again_and_not_found_out() {
        let key = NumberKey::new(b"of this house alone");
        assert_eq!(key.number("zy0012345"), key.number(" ZY0012345 "));
        assert_ne!(key.number("ZY0012345"), key.number("ZY0012346"));
        assert_ne!(key.number("ZY0012345"), NumberKey::new(b"another key").number("ZY0012345"));
        assert_eq!(key.number("1").as_str().len(), 64);
        assert_eq!(format!("{key:?}"), "NumberKey(hidden)");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = NumberKey::new(b"k");
        assert_ne!(key.hash("p", &["ab", "c"]), key.hash("p", &["a", "bc"]));
        assert_ne!(key.hash("p", &["a"]), key.hash("q", &["a"]));
    }
}
