//! A trial file becomes typed values, once; everything the platform decides is asked of them.
//!
//! [`load`] reads one file with its dictionaries and gathers all that is wrong; [`explain`] says the file
//! in sentences that a principal investigator can sign; [`diff`] compares two versions by id and checks an
//! amendment's summary. Pure: no files, no clock, no randomness.

mod assumed;
mod blocks;
pub mod condition;
pub mod dictionary;
pub mod diff;
mod document;
pub mod eval;
mod finding;
mod hash;
pub mod ids;
mod load;
pub mod model;
mod protocol;
pub mod scalar;

pub use assumed::AssumedItem;
pub use blocks::Blocks;
pub use diff::{Diff, check_amendment, diff};
pub use finding::{Code, Finding};
pub use hash::{Digest, InvalidReference, ProtocolRef};
pub use load::{LARGEST_FILE, Tally, load};
pub use protocol::Protocol;
