//! Decides what a copy of a service's database is: every table as rows of plain values, the same whichever database they are read
//! from or written to. Read from one snapshot (`snapshot`); written into a database that holds nothing (`load`).

mod load;
mod snapshot;

pub use load::{differences, load};
pub use snapshot::{ParkedRow, Snapshot};

/// Says which tables and columns a database has, and is compared when rows are loaded; never loaded itself.
const SCHEMA: &str = "journal_schema";
/// Who publishes, and how far: the leases in it are of processes that are gone.
const RELAY: &str = "journal_relay";

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// None.
    Null,
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Int,
    /// Yes or no.
    Bool,
    /// Texts.
    Text,
    /// Bytes.
    Bytes,
}

impl Kind {
    /// The kind by the name that a database gives it.
    fn of(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "bigint" | "integer" => Self::Int,
            "boolean" => Self::Bool,
            "text" => Self::Text,
            "bytea" | "blob" => Self::Bytes,
            _ => return None,
        })
    }

    /// The kind by its letter in an archive.
    pub fn from_letter(letter: &str) -> Option<Self> {
        [Self::Int, Self::Bool, Self::Text, Self::Bytes].into_iter().find(|kind| kind.letter() == letter)
    }

    /// Its letter in an archive.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Int => "i",
            Self::Bool => "b",
            Self::Text => "t",
            Self::Bytes => "x",
        }
    }

    /// Whether a value may stand in such a column.
    pub fn takes(self, cell: &Cell) -> bool {
        matches!(
            (self, cell),
            (_, Cell::Null)
                | (Self::Int, Cell::Int(_))
                | (Self::Bool, Cell::Bool(_))
                | (Self::Text, Cell::Text(_))
                | (Self::Bytes, Cell::Bytes(_))
        )
    }
}

/// A table: its name, its columns in order, and the last number that its sequence gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// "infusion"
    pub name: String,
    /// Name and kind of each column.
    pub columns: Vec<(String, Kind)>,
    /// Where the column `place` counts by itself: the last number given.
    pub counted: Option<i64>,
}

/// A name that stands in a statement as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
