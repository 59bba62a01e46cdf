//! Every way in which dosing says no, as the pure rules know it: what was found and what would be right. `error.rs`
//! gives each its stable code and its words for the caller. None carries personal data.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::hold::Hold;
use super::ids::{Attempt, HoldId, LotId, RecordId, SubjectId, TrialId, WeightId};

/// A judged no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    // ---- the start
    #[error("attempts are counted from 1")]
    AttemptZero,
    #[error("attempt {attempt} was already asked; the highest so far is {highest}")]
    AlreadyAsked { attempt: Attempt, highest: Attempt },
    #[error(
        "the Go of attempt {highest} may have been heard; a further attempt needs a person's statement that it was not heard or not acted on (earlier_not_heard)"
    )]
    StatementMissing { highest: Attempt },
    #[error(
        "its last start was neither confirmed nor abandoned; say first whether it was given (ConfirmStart) or not (AbandonStart)"
    )]
    StartUnconfirmed,
    #[error(
        "the Go was acknowledged as heard and is not voided; only a person's statement that nothing was given (AbandonStart) takes it back"
    )]
    AlreadyHeard,
    #[error("the permit is not the one that this infusion holds: its Go is void and must not be acted on")]
    OtherPermit,
    #[error("can not {what} an infusion that is {found}; it must be {allowed}")]
    WrongState { what: &'static str, found: &'static str, allowed: &'static str },
    #[error(
        "the permit's life was over before the start could be allowed ({elapsed_ms} ms of {allowed_ms} ms); the permit is void, ask again with the next attempt"
    )]
    LifeOver { elapsed_ms: u128, allowed_ms: u128 },
    #[error("{why}")]
    Held { holds: Vec<HoldId>, why: String },

    // ---- the bedside
    #[error("the subject on the wristband is not the subject of this infusion")]
    OtherSubject,
    #[error("the lot on the bag is not the ordered one, {ordered}")]
    OtherLot { ordered: LotId },
    #[error("a second person, other than who asks, must have checked wristband and bag")]
    NoSecondChecker,
    #[error("all {times} doses of the regimen are counted as given ({given})")]
    BeyondTheLast { times: u32, given: u32 },
    #[error("infusion {number} still waits; doses are given in their order")]
    EarlierWaits { number: u32 },
    #[error("no two doses are closer than {} hours; the last was at {last}", least.as_hours())]
    TooClose { last: Timestamp, least: SignedDuration },
    #[error("its window opens at {earliest}")]
    TooEarly { earliest: Timestamp },
    #[error("by the file's rule for late doses it could be given until {until}; the safety board decides")]
    TooLate { until: Timestamp },
    #[error("it has no date yet: {why}")]
    NotDated { why: String },
    #[error("subject {subject} is not on treatment any more: {why}")]
    OffTreatment { subject: SubjectId, why: String },
    #[error("subject {subject} was not allocated to an arm")]
    NotAllocated { subject: SubjectId },

    // ---- the weight
    #[error("no weight was measured")]
    NoWeight,
    #[error("no baseline weight is known; record the fact `weight` in enrollment")]
    NoBaseline,
    #[error("the weight of {measured} is not fresh enough by the file's `weigh`")]
    WeightStale { measured: Timestamp },
    #[error("the unit of a weight is kg, found {found:?}")]
    WeightUnit { found: String },
    #[error("a person weighs between {least} kg and {most} kg")]
    WeightImplausible { least: Decimal, most: Decimal },
    #[error(
        "weight {weight} differs by `reweigh` or more from the baseline or from the last weight, or there is no baseline: a second person must confirm it"
    )]
    WeightUnconfirmed { weight: WeightId },
    #[error(
        "the subject was weighed again since the order (weight {weight}); authorize again on that weight"
    )]
    WeighedSince { weight: WeightId },
    #[error("the second person must be another than who wrote the weight down")]
    SamePerson,

    // ---- the lot
    #[error("lot {lot} is not released for trial {trial}")]
    LotNotReleased { lot: LotId, trial: TrialId },
    #[error("lot {lot} is in quarantine")]
    LotQuarantined { lot: LotId },
    #[error("lot {lot} expired at {expired}")]
    LotExpired { lot: LotId, expired: Timestamp },
    #[error("lot {lot} was made for another subject")]
    LotOfOther { lot: LotId },
    #[error("lot {lot} is of another product than the regimen's, {product}")]
    LotOfOtherProduct { lot: LotId, product: String },
    #[error("lot {lot} has {left} left for it, {asked} are asked")]
    LotTooSmall { lot: LotId, asked: Decimal, left: Decimal },
    #[error("lot {lot} is counted in {found}, the dose in {asked}; nothing is converted")]
    LotUnit { lot: LotId, found: String, asked: String },
    #[error("lot {lot} can not be accepted: {why}")]
    LotNotAccepted { lot: LotId, why: String },

    // ---- amounts and times
    #[error("{cells} lie outside the tolerance, {lowest} to {highest}")]
    OutsideTolerance { cells: Decimal, lowest: Decimal, highest: Decimal },
    #[error(
        "what was given differs from {lowest} to {highest}, or it was stopped early: say why in `deviation`"
    )]
    DeviationMissing { lowest: Decimal, highest: Decimal },
    #[error("{given} were given and {prepared} prepared")]
    MoreThanPrepared { given: Decimal, prepared: Decimal },
    #[error("{field} lies outside {from} to {to}")]
    TimeOutside { field: &'static str, found: Timestamp, from: Timestamp, to: Timestamp },

    #[error("{field} lies outside {from} to {to}")]
    DayOutside { field: &'static str, found: Date, from: Date, to: Date },

    // ---- what is given beside the infusions
    #[error("{found:?} is no {field} that can be recorded for this subject; allowed: {allowed}")]
    NoTreatment { field: &'static str, found: String, allowed: String },
    #[error("it stands on record already ({record}); correct that record, or give another time")]
    RecordedBefore { record: RecordId },
    #[error("record {record} does not stand any more: {by} took its place")]
    RecordReplaced { record: RecordId, by: RecordId },
    #[error("the unit of this dose is {allowed}, found {found:?}; nothing is converted")]
    DoseUnit { found: String, allowed: String },
    #[error("the file gives {allowed}; say why in `deviation`")]
    OutsideRange { dose: Decimal, allowed: String },
    #[error("can not have {change} a drug that is {standing}")]
    DrugStanding { change: &'static str, standing: &'static str },
    #[error("from level {from} to level {to} is not {change}")]
    DrugStep { change: &'static str, from: u32, to: u32 },
    #[error("level {found} can not be taken; allowed: {lowest} to {highest}")]
    DrugLevel { found: u32, lowest: u32, highest: u32 },
    #[error("no line of the file's ladder proposes level {level}: {reason}")]
    StepNotProposed { level: u32, reason: String },

    // ---- the plan
    #[error("the arm gives no investigational regimen; nothing to plan")]
    NothingToPlan,
    #[error("the regimen's infusions are planned already")]
    AlreadyPlanned,
    #[error("{why}")]
    NoPlan { why: String },
}

impl Refusal {
    /// The refusal of a start by standing holds, each told by its reason: who stands at the bedside need not look it up.
    pub fn held<'a>(holds: impl IntoIterator<Item = &'a Hold>, standing: Vec<HoldId>) -> Self {
        let named = holds.into_iter().filter(|hold| standing.contains(&hold.id));
        let words: Vec<String> =
            named.map(|hold| format!("{} (hold {})", hold.reason, hold.id.as_str())).collect();
        Self::Held { why: format!("held: {}", words.join("; ")), holds: standing }
    }
}
