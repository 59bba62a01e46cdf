//! Something of enrollment's that people must look at: raised once for what it is about, shown until that is over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{EventId, MilestoneId, PermitId, SubjectId, TrialId};

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum About {
    /// Safety does not answer: recorded, NOT yet held.
    SafetySilent {
        /// The notice that waits for its answer.
        notice: String,
    },
    /// A permit was claimed, and nobody acknowledged the allocation.
    NotAcknowledged {
        /// The permit.
        permit: PermitId,
    },
    /// What was recorded shows an event that waits for a signature.
    EventShown {
        /// The event.
        event: EventId,
    },
    /// A signed event is not shown by what is recorded any more.
    GroundLost {
        /// The signature.
        milestone: MilestoneId,
        /// The event.
        event: EventId,
    },
    /// Perhaps one patient was allocated twice.
    LikePatient {
        /// The other subject.
        other: SubjectId,
    },
    /// A trial procedure or an allocation lies before the consent as it was corrected.
    OrderOfConsent,
    /// The version in force asks for a further consent.
    ConsentDue {
        /// The version.
        version: String,
    },
}

/// One flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The trial.
    pub trial: TrialId,
    /// Whose.
    pub subject: SubjectId,
    /// What it is about.
    pub about: About,
    /// When it was raised, civil time.
    pub raised_at: Timestamp,
    /// When what it is about was over.
    pub cleared_at: Option<Timestamp>,
}

impl About {
    /// As the contract names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SafetySilent { .. } => "safety-silent",
            Self::NotAcknowledged { .. } => "not-acknowledged",
            Self::EventShown { .. } => "event-shown",
            Self::GroundLost { .. } => "ground-lost",
            Self::LikePatient { .. } => "like-patient",
            Self::OrderOfConsent => "order-of-consent",
            Self::ConsentDue { .. } => "consent-due",
        }
    }

    /// What tells one flag of a kind and a subject from another.
    fn which(&self) -> &str {
        match self {
            Self::SafetySilent { notice } => notice,
            Self::NotAcknowledged { permit } => permit.as_str(),
            Self::EventShown { event } => event.as_str(),
            Self::GroundLost { milestone, .. } => milestone.as_str(),
            Self::LikePatient { other } => other.as_str(),
            Self::OrderOfConsent => "",
            Self::ConsentDue { version } => version,
        }
    }

    /// In words, for the people who look: what is so, and what to do.
    pub fn text(&self, subject: &SubjectId) -> String {
        match self {
            Self::SafetySilent { .. } => format!(
                "{subject}: recorded, NOT yet held. Safety does not answer; it is told again until it does. Stop treatment by word of mouth"
            ),
            Self::NotAcknowledged { .. } => format!(
                "{subject}: an allocation was answered and nobody acknowledged it. Ask whether it was heard, and ask again with that statement"
            ),
            Self::EventShown { event } => {
                format!("{subject}: what was recorded shows {event}; it counts once it is signed")
            }
            Self::GroundLost { event, .. } => format!(
                "{subject}: {event} was signed, and by a correction what is recorded does not show it any more. The signature stays; judge whether it is withdrawn"
            ),
            Self::LikePatient { other } => format!(
                "{subject} and {other} look like the same patient, and both have an allocation. Both are kept; find out"
            ),
            Self::OrderOfConsent => format!(
                "{subject}: by the corrected consent a trial procedure or the allocation lies before it. Document the deviation"
            ),
            Self::ConsentDue { version } => {
                format!("{subject}: version {version} is in force and asks for a further consent")
            }
        }
    }
}

impl Flag {
    /// The same for the same thing, however often it is found.
    pub fn id_of(trial: &TrialId, subject: &SubjectId, about: &About) -> String {
        format!("{trial}/{subject}/{}/{}", about.kind(), about.which())
    }

    /// Its id.
    pub fn id(&self) -> String {
        Self::id_of(&self.trial, &self.subject, &self.about)
    }

    /// Whether it stands.
    pub fn stands(&self) -> bool {
        self.cleared_at.is_none()
    }
}
