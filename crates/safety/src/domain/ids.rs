//! Typed ids: a hold's id never turns into a permit's. They are texts passed in; nothing here mints one.

pub use holdpoint_copies::ids::{HoldId, InfusionId, PermitId, SubjectId, TrialId};

holdpoint_copies::ids! {
    /// A site of the trial.
    SiteId,
    /// An arm of the trial file.
    ArmId,
    /// A cohort of the trial file.
    CohortId,
    /// One asking for a permit; random, minted by the asker, used once.
    AskId,
    /// A reported adverse event.
    AdverseEventId,
    /// A laboratory finding that may be an adverse event; the same for every change of its episode.
    CandidateId,
    /// An alert.
    AlertId,
    /// A duty to report an adverse event to someone.
    ObligationId,
    /// A recorded decision of the safety board.
    DecisionId,
    /// A rule of the trial file; the reason code.
    RuleId,
    /// A person, by account name.
    Person,
    /// A service that follows and is followed.
    Peer,
}
