//! Single changes to the protocol, each of which must break a property: what proves that the model can fail.

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mutation {
    /// A permit is given without looking at the holds.
    NoHoldCheck,
    /// The listener counts a life from the answer instead of from its ask.
    LifeFromAnswer,
    /// The handler does not look at its clocks again after the commit of the claim.
    NoSecondLook,
    /// The `Go` is kept as the answer of the attempt, and a repeat hears it again.
    GoKept,
    /// Safety takes the claim for the acknowledgement.
    SettledByClaim,
    /// A hold is effective at once, with permits out.
    EffectiveAtOnce,
    /// Safety judges by the asker's view of the subject alone.
    OnlyAskersView,
    /// Safety judges by its own view of the subject alone.
    OnlySafetysView,
    /// Safety answers an ask with the permit that it gave for an earlier one.
    PermitFromMemory,
    /// A restart of dosing voids the starts that it finds claimed.
    RestartVoids,
    /// A release lifts every hold.
    ReleaseClearsAll,
    /// Nobody compares heads after a restore.
    NoHeadComparison,
    /// Safety counts lives by its wall clock.
    WallClockForLives,
    /// Dosing counts a permit's life by its boot clock alone, which a sleeping machine may hold still.
    BootClockForGo,
    /// A hold lists only the permits whose `Go` is not settled.
    ListOfLivingOnly,
    /// A restored safety does not wait for the permits that it has forgotten.
    RestoreForgetsToWait,
    /// A restored safety does not take up the permits that its peers name.
    ForgottenNotAdopted,
    /// A void and a late claim of one permit do not meet in one row.
    NoUniqueFate,
}
