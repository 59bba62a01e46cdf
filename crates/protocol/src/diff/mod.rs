//! What differs between two versions of a trial, by id; and whether an amendment says so itself.
//! Comments, blanks and the order of blocks do not count. Nothing is compared by likeness: a block of
//! another id is another block.

mod amendment;
mod flatten;

use std::fmt;

use serde::Serialize;

use self::flatten::{FlatBlock, blocks};
use crate::protocol::Protocol;

pub use amendment::check_amendment;

/// All that differs, in the order of the file; what was removed comes last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The blocks that differ.
    pub blocks: Vec<BlockChange>,
}

/// One block that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockChange {
    /// Its full name, such as `rule.suspend-death`, or a top-level key such as `title`.
    pub block: String,
    /// What became of it.
    pub change: Change,
    /// The keys that differ.
    pub keys: Vec<KeyChange>,
}

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is only in the later version.
    Added,
    /// It is only in the earlier version.
    Removed,
    /// It is in both, with other values.
    Altered,
}

/// One key that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The key, dotted where it lies deeper; lines of a list carry their number.
    pub key: String,
    /// The text in the earlier version.
    pub old: Option<String>,
    /// The text in the later version.
    pub new: Option<String>,
}

/// Compares two versions.
pub fn diff(old: &Protocol, new: &Protocol) -> Diff {
    let (before, after) = (blocks(old), blocks(new));
    let mut found = Vec::new();
    for block in &after {
        let earlier = before.iter().find(|earlier| earlier.name == block.name);
        let keys = key_changes(earlier, Some(block));
        let change = if earlier.is_some() { Change::Altered } else { Change::Added };
        if change == Change::Added || !keys.is_empty() {
            found.push(BlockChange { block: block.name.clone(), change, keys });
        }
    }
    for block in before.iter().filter(|block| !after.iter().any(|later| later.name == block.name)) {
        let keys = key_changes(Some(block), None);
        found.push(BlockChange { block: block.name.clone(), change: Change::Removed, keys });
    }
    Diff { blocks: found }
}

fn key_changes(old: Option<&FlatBlock>, new: Option<&FlatBlock>) -> Vec<KeyChange> {
    let text =
        |block: Option<&FlatBlock>, key: &str| block.and_then(|block| block.text(key).map(str::to_owned));
    let later = new.into_iter().flat_map(|block| block.keys());
    let gone = old.into_iter().flat_map(|block| block.keys());
    let gone = gone.filter(|key| new.is_none_or(|block| block.text(key).is_none()));
    let change = |key: &str| KeyChange { key: key.to_owned(), old: text(old, key), new: text(new, key) };
    later.chain(gone).map(change).filter(|change| change.old != change.new).collect()
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for block in &self.blocks {
            let sign = match block.change {
                Change::Added => "+",
                Change::Removed => "-",
                Change::Altered => "~",
            };
            writeln!(f, "{sign} [{}]", block.block)?;
            for key in &block.keys {
                if let Some(old) = &key.old {
                    writeln!(f, "    - {} = {old}", key.key)?;
                }
                if let Some(new) = &key.new {
                    writeln!(f, "    + {} = {new}", key.key)?;
                }
            }
        }
        Ok(())
    }
}
