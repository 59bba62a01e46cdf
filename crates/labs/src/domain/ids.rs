//! The names that labs uses, each kind a type of its own: a subject's never turns into a result's. Ids are passed in,
//! never minted here.

pub use holdpoint_copies::ids::{SubjectId, TrialId};

holdpoint_copies::ids! {
    /// A laboratory that sends results: the principal of its token.
    FeedId,
    /// One analyte of one specimen of one subject, the same for every word of the laboratory about it.
    ResultId,
    /// One analyte that waits for a person.
    QuarantineId,
    /// A message as it came: the same for the same bytes of the same feed.
    MessageId,
    /// A finding that a person must judge.
    CandidateId,
}
