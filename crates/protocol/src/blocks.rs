//! The blocks of one kind: in the order of the file, found by their id.

use std::borrow::Borrow;
use std::collections::BTreeMap;

/// An ordered collection with unique ids. Iteration follows the file, so that decisions that take the
/// first fitting block are the ones the paper means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks<K, V> {
    items: Vec<(K, V)>,
    places: BTreeMap<K, usize>,
}

impl<K: Ord + Clone, V> Blocks<K, V> {
    /// The block of this id.
    pub fn get<Q: Ord + ?Sized>(&self, id: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.places.get(id).and_then(|place| self.items.get(*place)).map(|(_, block)| block)
    }

    /// Whether there is such a block.
    pub fn contains<Q: Ord + ?Sized>(&self, id: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.places.contains_key(id)
    }

    /// Ids and blocks, in the order of the file.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.items.iter().map(|(id, block)| (id, block))
    }

    /// The ids, in the order of the file.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.items.iter().map(|(id, _)| id)
    }

    /// The blocks, in the order of the file.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.items.iter().map(|(_, block)| block)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds a block at the end; one of the same id is replaced where it stands.
    pub fn insert(&mut self, id: K, block: V) {
        if let Some(place) = self.places.get(&id).copied()
            && let Some(slot) = self.items.get_mut(place)
        {
            slot.1 = block;
            return;
        }
        self.places.insert(id.clone(), self.items.len());
        self.items.push((id, block));
    }
}

impl<K, V> Default for Blocks<K, V> {
    fn default() -> Self {
        Self { items: Vec::new(), places: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, V> FromIterator<(K, V)> for Blocks<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let mut blocks = Self::default();
        for (id, block) in items {
            blocks.insert(id, block);
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_the_order_of_the_file() {
        let blocks: Blocks<String, u8> = [("b".to_owned(), 1), ("a".to_owned(), 2)].into_iter().collect();
        assert_eq!(blocks.ids().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(blocks.get("a"), Some(&2));
        assert!(!blocks.contains("c"));
    }

    #[test]
    fn the_same_id_again_replaces_in_place() {
        let blocks: Blocks<String, u8> =
            [("b".to_owned(), 1), ("a".to_owned(), 2), ("b".to_owned(), 3)].into_iter().collect();
        assert_eq!(blocks.values().collect::<Vec<_>>(), [&3, &2]);
    }
}
