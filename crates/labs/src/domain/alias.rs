//! Numbers of a patient that went up in others (HL7 A40), by the feed that said so: numbers are of the hospital that the
//! feed speaks for, and another hospital may give the same one to somebody else. Always one step: what went up in a number
//! that goes up itself is moved along.

use serde::{Deserialize, Serialize};

use super::ids::FeedId;
use super::pseudonym::NumberHash;

/// What a number of a feed is by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The feed.
    pub feed: FeedId,
    /// The number.
    pub number: NumberHash,
    /// The number it went up in; none where a later merge made it a patient's own again.
    pub into: Option<NumberHash>,
}

/// That one record went up in another: both numbers under the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The number that stays.
    pub stays: NumberHash,
    /// The one that goes.
    pub goes: NumberHash,
}

/// What a merge makes of the numbers of one feed: `known` are its aliases of the number that stays and of all that went up
/// in the one that goes. Answers those that are other than before, and the number that stands for all of them.
pub fn merged(feed: &FeedId, merge: &Merge, known: &[Alias]) -> (Vec<Alias>, NumberHash) {
    let of = |number: &NumberHash| known.iter().find(|alias| alias.number == *number);
    let stays = of(&merge.stays).and_then(|alias| alias.into.clone()).unwrap_or(merge.stays.clone());
    // It went up in the one that now goes up in it: the merge is turned around.
    let turned = stays == merge.goes;
    let stays = if turned { merge.stays.clone() } else { stays };
    let alias = |number: &NumberHash, into| Alias { feed: feed.clone(), number: number.clone(), into };
    let mut changed = vec![alias(&merge.goes, Some(stays.clone()))];
    if turned {
        changed.push(alias(&stays, None));
    }
    let along = known.iter().filter(|alias| alias.into.as_ref() == Some(&merge.goes));
    let along = along.filter(|alias| alias.number != stays);
    changed.extend(along.map(|alias| Alias { into: Some(stays.clone()), ..alias.clone() }));
    changed.retain(|alias| of(&alias.number) != Some(alias));
    (changed, stays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pseudonym::NumberKey;

    fn number(text: &str) -> NumberHash {
        NumberKey::new(b"k").number(text)
    }

    /// Merges in order, each as `stays goes`; what each of the numbers is at the end.
    fn after(merges: &[&str]) -> Vec<(NumberHash, Option<NumberHash>)> {
        let mut known: Vec<Alias> = vec![];
        for pair in merges {
            let (stays, goes) = pair.split_once(' ').unwrap();
            let merge = Merge { stays: number(stays), goes: number(goes) };
            let (changed, _) = merged(&"lis".into(), &merge, &known);
            known.retain(|alias| changed.iter().all(|other| other.number != alias.number));
            known.extend(changed);
        }
        known.sort_by(|one, other| one.number.cmp(&other.number));
        known.into_iter().map(|alias| (alias.number, alias.into)).collect()
    }

    fn is(expected: &[(&str, Option<&str>)]) -> Vec<(NumberHash, Option<NumberHash>)> {
        let mut all: Vec<_> = expected.iter().map(|(from, into)| (number(from), into.map(number))).collect();
        all.sort();
        all
    }

    #[test]
    fn numbers_follow_each_other_in_one_step() {
        assert_eq!(after(&["A B"]), is(&[("B", Some("A"))]));
        assert_eq!(after(&["A B", "C A"]), is(&[("A", Some("C")), ("B", Some("C"))]));
        assert_eq!(after(&["C A", "A B"]), is(&[("A", Some("C")), ("B", Some("C"))]), "in either order");
        assert_eq!(after(&["A B", "A B"]), is(&[("B", Some("A"))]), "said twice is said once");
        assert_eq!(after(&["A B", "B A"]), is(&[("A", Some("B")), ("B", None)]), "turned around");
        assert_eq!(after(&["A B", "A C", "B A"]), is(&[("A", Some("B")), ("B", None), ("C", Some("B"))]));
    }
}
