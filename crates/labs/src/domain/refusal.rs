//! Every way in which labs says no to a person or a feed, in words for who meets it. What a report is quarantined for
//! is no refusal: the report is kept.

use super::ids::{FeedId, QuarantineId, SubjectId};

/// A no, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody registered the feed.
    #[error("feed {feed} is not registered: nothing of it is taken")]
    UnknownFeed {
        /// The feed.
        feed: FeedId,
    },
    /// The request id was used for another report.
    #[error("a report of another content came under request id {request} before")]
    OtherReport {
        /// The id.
        request: String,
    },
    /// The number is another subject's of the same trial.
    #[error(
        "this hospital number is linked to another subject of the trial: one of the two is somebody else"
    )]
    NumberTaken,
    /// Two identifiers of different kinds carry the same text.
    #[error("hospital number and subject code of {subject} are the same text: one stands in the wrong field")]
    Confused {
        /// The subject.
        subject: SubjectId,
    },
    /// The quarantined analyte was decided before.
    #[error("{quarantine} was decided before: {how}")]
    AlreadyResolved {
        /// Which.
        quarantine: QuarantineId,
        /// How.
        how: &'static str,
    },
    /// The time zone has no calendar.
    #[error("{found:?} names no time zone")]
    UnknownZone {
        /// What was written.
        found: String,
    },
}
