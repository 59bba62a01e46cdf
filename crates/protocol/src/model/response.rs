//! Responses: the categories of an outcome, and when they are assessed (semantics 37).

use super::{Head, Run};
use crate::condition::Condition;
use crate::ids::{CategoryId, ResponseId};
use crate::scalar::Moment;

/// `[response.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its id.
    pub id: ResponseId,
    /// Section, label and assumptions.
    pub head: Head,
    /// After when the runs of a category begin.
    pub from: Option<Moment>,
    /// When the category is fixed.
    pub at: Option<Moment>,
    /// Of whom it is asked.
    pub who: Option<Condition>,
    /// A question that a person answers, when there are no categories.
    pub attest: Option<String>,
    /// The answers a person chooses from.
    pub choose: Vec<String>,
    /// In the order asked: the first reached is the category.
    pub categories: Vec<Category>,
}

/// `[[response.x.category]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Label and assumptions; the section is the response's where it has none.
    pub head: Head,
    /// How it is reached.
    pub test: CategoryTest,
}

/// How a category is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CategoryTest {
    /// By a run.
    Run(Run),
    /// By reaching no other: always the last.
    Otherwise,
}
