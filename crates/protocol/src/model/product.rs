//! The investigational product and what a lot of it must be.

use super::Head;
use crate::condition::Condition;
use crate::ids::{EventId, ProductId};

/// `[product.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Section, label and assumptions.
    pub head: Head,
    /// What a person signs before a lot is used.
    pub attest: Option<String>,
    /// What a lot's facts must be; unknown refuses (semantics 16).
    pub accept: Option<Condition>,
    /// The event it is made from, such as the harvest of marrow.
    pub from: Option<EventId>,
    /// The prose keys in the order of the file: source, maker, takes, volume, strength.
    pub particulars: Vec<(String, String)>,
}
