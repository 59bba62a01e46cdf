//! Activities: what is done with a participant at a visit.

use crate::ids::{ActivityId, FactId};

/// Something the schedule may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// Its name for people.
    pub label: Option<String>,
    /// The facts it gives.
    pub yields: Vec<FactId>,
}
