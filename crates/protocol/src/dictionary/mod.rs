//! Dictionaries: what trials share. A dictionary says what a thing is; a protocol says what to do with it.

mod activity;
mod fact;
mod name;

pub use activity::Activity;
pub use fact::{Derivation, Fact, FactDomain, FactKind, FactRange, Since};
pub use name::DictionaryRef;
