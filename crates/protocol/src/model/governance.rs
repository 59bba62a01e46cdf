//! Records, changes, ethics and analysis: what is kept, who approves, and how results are read.

use super::{Head, Role, words};
use crate::scalar::{Moment, Span};

/// `[records]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// Section, assumptions, and where it stands.
    pub head: Head,
    /// How long records are kept.
    pub keep: Span,
    /// From when on.
    pub keep_from: Moment,
    /// What identifies a subject in records.
    pub identify_by: Vec<String>,
    /// What may stand beside it; personal data, never in events, logs or alerts.
    pub identify_may: Vec<String>,
    /// What is kept.
    pub keep_what: Vec<String>,
    /// What the sponsor keeps, as long as the regulator requires.
    pub sponsor_keeps: Vec<String>,
    /// Who may inspect.
    pub inspect: Vec<Role>,
}

/// `[changes]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Section and assumptions.
    pub head: Head,
    /// Who approves an amendment.
    pub approve: Vec<Role>,
    /// What holds for urgent changes.
    pub urgent: Option<String>,
}

/// `[ethics]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ethics {
    /// Section and assumptions.
    pub head: Head,
    /// What is followed.
    pub follow: Option<String>,
    /// Who approves.
    pub approve: Vec<Role>,
    /// What is promised.
    pub attest: Option<String>,
}

/// `[analysis]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Section and assumptions.
    pub head: Head,
    /// What is promised.
    pub attest: Option<String>,
    /// Which interim looks are planned.
    pub interim: Option<Interim>,
}

/// Interim looks at the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interim {
    /// None.
    None,
    /// Described, never tested.
    Descriptive,
}

words!(Interim { None = "none", Descriptive = "descriptive" });
