//! Decides whether permits may be given at all: after a restart each known peer must show its head first, and what
//! the compared heads say of a service that went back in time. holds.md "A service that went back in time", H3, H7.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::{Peer, Person};

/// What is known of one peer since this instance began.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Seen {
    /// It showed its head of the trial.
    Shown,
    /// A person took the responsibility for its silence.
    Overridden(Person),
}

/// The peers of one trial since this instance began.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Peers {
    known: BTreeSet<Peer>,
    seen: BTreeMap<Peer, Seen>,
}

impl Peers {
    /// An instance that has just begun has seen nobody.
    pub fn after_restart(known: impl IntoIterator<Item = Peer>) -> Self {
        Self { known: known.into_iter().collect(), seen: BTreeMap::new() }
    }

    /// A peer showed its head, and its rows up to there were applied.
    pub fn shown(&mut self, peer: Peer) {
        self.seen.insert(peer, Seen::Shown);
    }

    /// A person answers for a peer that is silent. One that has shown its head needs nobody's word.
    pub fn overridden(&mut self, peer: Peer, by: Person) {
        self.seen.entry(peer).or_insert(Seen::Overridden(by));
    }

    /// The peers without whose heads no permit is given.
    pub fn silent(&self) -> Vec<&Peer> {
        self.known.iter().filter(|peer| !self.seen.contains_key(*peer)).collect()
    }

    /// Whether the peer is one that must show its head.
    pub fn knows(&self, peer: &Peer) -> bool {
        self.known.contains(peer)
    }
}

/// A journal's newest row as somebody knows it, without its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Counts up each time the journal had to go on from an older copy.
    pub incarnation: u32,
    /// Number of the row.
    pub number: u64,
}

/// What two heads of one journal, as its owner and as a reader know them, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The owner has at least all that the reader has seen.
    Continues,
    /// The owner lacks rows that the reader has seen: it went back in time.
    WentBack,
}

/// Compares the owner's head with what a reader has seen of it. `same_row` says whether the hashes agree where the
/// places are equal. An owner in a later incarnation has accounted for what it lost.
pub fn compare(owner: Place, reader: Place, same_row: bool) -> Compared {
    let back = match owner.incarnation.cmp(&reader.incarnation) {
        std::cmp::Ordering::Less => reader.number > 0,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => {
            owner.number < reader.number || (owner.number == reader.number && !same_row)
        }
    };
    if back { Compared::WentBack } else { Compared::Continues }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_permit_until_each_known_peer_has_shown_its_head() {
        let mut peers = Peers::after_restart(["dosing".into(), "enrollment".into()]);
        peers.shown("dosing".into());
        assert_eq!(peers.silent(), [&Peer::from("enrollment")]);
        peers.overridden("enrollment".into(), "ada".into());
        assert!(peers.silent().is_empty());
    }

    #[test]
    fn a_stranger_answers_for_nobody() {
        let mut peers = Peers::after_restart(["dosing".into()]);
        peers.shown("labs".into());
        assert_eq!(peers.silent(), [&Peer::from("dosing")]);
    }

    fn place(incarnation: u32, number: u64) -> Place {
        Place { incarnation, number }
    }

    #[test]
    fn heads_tell_who_went_back() {
        for (owner, reader, same, expected) in [
            (place(0, 9), place(0, 9), true, Compared::Continues),
            (place(0, 12), place(0, 9), false, Compared::Continues),
            (place(0, 5), place(0, 9), false, Compared::WentBack),
            (place(0, 9), place(0, 9), false, Compared::WentBack),
            (place(0, 0), place(0, 9), false, Compared::WentBack),
            (place(0, 12), place(1, 9), false, Compared::WentBack),
            (place(1, 2), place(0, 9), false, Compared::Continues),
            (place(0, 0), place(0, 0), true, Compared::Continues),
        ] {
            assert_eq!(compare(owner, reader, same), expected, "{owner:?} {reader:?}");
        }
    }

    proptest! {
        /// A journal that only grows is never said to have gone back.
        #[test]
        fn growth_is_not_going_back(incarnation in 0_u32..3, number in 0_u64..9, more in 0_u64..9) {
            let grown = place(incarnation, number + more);
            prop_assert_eq!(compare(grown, place(incarnation, number), more == 0), Compared::Continues);
        }
    }
}
