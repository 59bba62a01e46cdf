//! Who may enter: inclusion and exclusion criteria.

use super::{Head, words};
use crate::condition::Condition;
use crate::ids::{CriterionId, EventId};

/// `[include.x]` or `[exclude.x]`. At least one of `when`, `attest`, `needs` and `on` is given;
/// all that are given must hold for the criterion to be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Its id.
    pub id: CriterionId,
    /// Whether it lets in or keeps out.
    pub kind: CriterionKind,
    /// Section, label and assumptions.
    pub head: Head,
    /// A condition on facts.
    pub when: Option<Condition>,
    /// A question that a person answers and signs.
    pub attest: Option<String>,
    /// A second, sufficient way in, answered and signed by a person.
    pub or_attest: Option<String>,
    /// Documents that must be there.
    pub needs: Vec<String>,
    /// An event that must have happened.
    pub on: Option<EventId>,
    /// The one step it is asked at; without it, at enrollment and at randomization (semantics 29).
    pub at: Option<CriterionStep>,
}

/// Inclusion or exclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CriterionKind {
    /// Must be true.
    Include,
    /// Must be false.
    Exclude,
}

/// A step into the trial (semantics 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CriterionStep {
    /// With the value of the day of consent.
    Consent,
    /// At registration.
    Enrollment,
    /// At allocation.
    Randomization,
}

words!(CriterionKind { Include = "include", Exclude = "exclude" });
words!(CriterionStep { Consent = "consent", Enrollment = "enrollment", Randomization = "randomization" });
