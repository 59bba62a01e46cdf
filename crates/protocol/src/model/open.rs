//! What the paper leaves open or contradicts, and what the file took.

use super::Head;
use crate::ids::OpenId;

/// `[open.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// Its id.
    pub id: OpenId,
    /// Sections.
    pub head: Head,
    /// The question.
    pub ask: String,
    /// The answer that the file goes by.
    pub took: String,
}
