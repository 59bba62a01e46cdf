//! Decides how each refusal of dosing is told: its stable code, the reason a program acts on, what it means and how to
//! mend it. One table, from which the documentation is made as well.

use holdpoint_chassis::error::{Error, ErrorEntry, FieldViolation, Reason, Refused, Severity};

use crate::domain::Refusal;

/// A field is missing or malformed.
pub const INVALID: ErrorEntry = info(
    "DOS-0001",
    Reason::InvalidArgument,
    "one or more fields of the request are missing or malformed",
    "correct the fields that are named and send the request again",
);
/// Nothing by this name.
pub const NOT_FOUND: ErrorEntry = info(
    "DOS-0002",
    Reason::NotFound,
    "nothing is known under this name",
    "look the name up; if it was given to another service a moment ago, try again",
);
/// The protocol version is not in force or not known here.
pub const NO_PROTOCOL: ErrorEntry = info(
    "DOS-0004",
    Reason::FailedPrecondition,
    "the subject's protocol version is not in force, or not known here",
    "activate the version in enrollment, or wait until its event arrives",
);
/// The state does not allow it.
pub const WRONG_STATE: ErrorEntry = info(
    "DOS-0005",
    Reason::FailedPrecondition,
    "the infusion's state does not allow this",
    "read the infusion and do what its state allows",
);
/// A time lies where it can not lie.
pub const TIME_OUTSIDE: ErrorEntry = info(
    "DOS-0006",
    Reason::InvalidArgument,
    "a time lies before what it follows, or in the future",
    "give the time as it was",
);
/// A hold stands in the way.
pub const HELD: ErrorEntry = info(
    "DOS-0010",
    Reason::FailedPrecondition,
    "a hold stands in the way",
    "nothing may start until the hold is released; see the suspension board",
);
/// Asked before.
pub const ALREADY_ASKED: ErrorEntry = info(
    "DOS-0011",
    Reason::Aborted,
    "this attempt was asked before; its Go is never repeated",
    "if the Go was not heard or not acted on, say so in earlier_not_heard with the next attempt",
);
/// The statement is missing.
pub const STATEMENT_MISSING: ErrorEntry = info(
    "DOS-0012",
    Reason::FailedPrecondition,
    "an earlier Go of this infusion may have been heard",
    "say in earlier_not_heard that it was not heard or not acted on, or confirm or abandon the start",
);
/// The permit's life was over.
pub const LIFE_OVER: ErrorEntry = info(
    "DOS-0013",
    Reason::FailedPrecondition,
    "the permit's life was over before the start could be allowed; it is void",
    "ask again with the next attempt",
);
/// Safety did not answer.
pub const SAFETY_SILENT: ErrorEntry = warning(
    "DOS-0014",
    Reason::Unavailable,
    "safety did not answer in time: no answer means no",
    "do not start; ask again when safety answers",
);
/// Safety said no.
pub const NO_PERMIT: ErrorEntry = info(
    "DOS-0015",
    Reason::FailedPrecondition,
    "safety gave no permit",
    "do not start; see what safety says",
);
/// Not this permit.
pub const OTHER_PERMIT: ErrorEntry = info(
    "DOS-0016",
    Reason::FailedPrecondition,
    "the permit is void or another's: its Go must not be acted on",
    "do not start; ask again with the next attempt",
);
/// A journal went back, or a row that starts depend on is parked.
pub const JOURNAL_UNSURE: ErrorEntry = ErrorEntry::new(
    "DOS-0017",
    Reason::FailedPrecondition,
    Severity::Error,
    "a journal went back in time, or a row that starts depend on could not be applied",
    "reconcile as the runbook says",
);
/// Wrong person, bag or nobody beside.
pub const BEDSIDE: ErrorEntry = info(
    "DOS-0020",
    Reason::FailedPrecondition,
    "wristband, bag or second person do not match",
    "stop; check person and bag again with a second person",
);
/// No dose is left, or not in this order.
pub const NO_DOSE_LEFT: ErrorEntry = info(
    "DOS-0021",
    Reason::FailedPrecondition,
    "the regimen has no dose left for this, or an earlier one waits",
    "check which infusions were given",
);
/// Too early, too close, too late.
pub const SPACING: ErrorEntry = info(
    "DOS-0022",
    Reason::FailedPrecondition,
    "the moment is too early, too close to the last dose or too late by the file's rule",
    "wait, or ask the safety board",
);
/// Off treatment.
pub const OFF_TREATMENT: ErrorEntry = info(
    "DOS-0023",
    Reason::FailedPrecondition,
    "the subject is not on treatment",
    "treatment ended, or allocation did not happen; follow-up goes on",
);
/// The weight does not do.
pub const WEIGHT: ErrorEntry = info(
    "DOS-0030",
    Reason::FailedPrecondition,
    "the weight is missing, stale, unconfirmed or newer than the order",
    "weigh, have it confirmed by a second person where asked, and authorize on it",
);
/// The weight as written can not be.
pub const WEIGHT_INVALID: ErrorEntry = info(
    "DOS-0031",
    Reason::InvalidArgument,
    "the weight's unit or value can not be right",
    "write the weight in kilograms",
);
/// The same person twice.
pub const SAME_PERSON: ErrorEntry = info(
    "DOS-0032",
    Reason::FailedPrecondition,
    "the second person must be another one",
    "have another person read the scale",
);
/// The lot may not be used.
pub const LOT: ErrorEntry = info(
    "DOS-0040",
    Reason::FailedPrecondition,
    "the lot may not be used for this",
    "use a lot that is released, not expired, of the regimen's product and made for this subject",
);
/// The lot is too small.
pub const LOT_TOO_SMALL: ErrorEntry =
    info("DOS-0041", Reason::FailedPrecondition, "the lot has not enough cells left", "use another lot");
/// The product's condition is not true.
pub const LOT_NOT_ACCEPTED: ErrorEntry = info(
    "DOS-0042",
    Reason::FailedPrecondition,
    "the product's `accept` is not true of the lot, or not known",
    "complete the lot's facts, or use another lot",
);
/// The lot exists.
pub const LOT_EXISTS: ErrorEntry = info(
    "DOS-0043",
    Reason::AlreadyExists,
    "a lot of this number was received before",
    "read the lot; give another lot its own number",
);
/// Outside tolerance.
pub const OUTSIDE_TOLERANCE: ErrorEntry = info(
    "DOS-0050",
    Reason::FailedPrecondition,
    "the cells lie outside the file's tolerance of the reckoned dose",
    "prepare an amount within the bounds",
);
/// No reason for the difference.
pub const DEVIATION_MISSING: ErrorEntry = info(
    "DOS-0051",
    Reason::InvalidArgument,
    "what was given differs from the order and nobody says why",
    "say why in `deviation`",
);
/// Nothing to plan.
pub const PLAN: ErrorEntry = info(
    "DOS-0060",
    Reason::FailedPrecondition,
    "there is nothing to plan, or it is planned already",
    "read the subject's infusions",
);

/// What the first dose counts from has not happened.
pub const NOT_DATED: ErrorEntry = info(
    "DOS-0061",
    Reason::FailedPrecondition,
    "what the file counts the first dose from has not happened, or is not known here",
    "record in enrollment what it counts from: the allocation, the consent, the event of the file",
);

/// The file knows no such treatment of this subject.
pub const NO_TREATMENT: ErrorEntry = info(
    "DOS-0070",
    Reason::FailedPrecondition,
    "the subject's protocol version knows no such treatment for this subject",
    "use a name of the trial file that the subject's arm gives",
);
/// On record already.
pub const RECORDED_BEFORE: ErrorEntry = info(
    "DOS-0071",
    Reason::FailedPrecondition,
    "the same stands on record already",
    "read the subject's treatments; correct the record that stands",
);
/// The record was corrected or withdrawn.
pub const RECORD_REPLACED: ErrorEntry = info(
    "DOS-0072",
    Reason::FailedPrecondition,
    "the record was corrected or withdrawn before",
    "correct the record that took its place",
);
/// Not the file's unit.
pub const DOSE_UNIT: ErrorEntry = info(
    "DOS-0073",
    Reason::InvalidArgument,
    "the unit is not the file's",
    "write the dose in the file's unit, to the letter",
);
/// Outside the file's range, and nobody says why.
pub const OUTSIDE_RANGE: ErrorEntry = info(
    "DOS-0074",
    Reason::InvalidArgument,
    "the dose lies outside the file's range and nobody says why",
    "correct the dose, or say why in `deviation`",
);
/// The drug does not stand so.
pub const DRUG_STANDING: ErrorEntry = info(
    "DOS-0080",
    Reason::FailedPrecondition,
    "the drug does not stand so that this change could be made",
    "read the subject's treatments and set what follows from there",
);
/// No such level.
pub const DRUG_LEVEL: ErrorEntry = info(
    "DOS-0081",
    Reason::InvalidArgument,
    "the file's ladder has no such level, or does not start there",
    "set a level that is allowed",
);
/// No line of the ladder proposes it.
pub const STEP_NOT_PROPOSED: ErrorEntry = info(
    "DOS-0082",
    Reason::FailedPrecondition,
    "no line of the file's ladder proposes this step up or this resumption",
    "leave the level, or step down; see AdviseDrugLevel",
);

/// The answer would tell the arm.
pub const ARM_SEALED: ErrorEntry = info(
    "DOS-0090",
    Reason::PermissionDenied,
    "the trial keeps this role from knowing the arm, and the answer would tell it",
    "ask somebody who is not blind, such as the pharmacist; leave `regimen` empty",
);

/// Every refusal of dosing.
pub const ERRORS: &[ErrorEntry] = &[
    INVALID,
    NOT_FOUND,
    NO_PROTOCOL,
    WRONG_STATE,
    TIME_OUTSIDE,
    HELD,
    ALREADY_ASKED,
    STATEMENT_MISSING,
    LIFE_OVER,
    SAFETY_SILENT,
    NO_PERMIT,
    OTHER_PERMIT,
    JOURNAL_UNSURE,
    BEDSIDE,
    NO_DOSE_LEFT,
    SPACING,
    OFF_TREATMENT,
    WEIGHT,
    WEIGHT_INVALID,
    SAME_PERSON,
    LOT,
    LOT_TOO_SMALL,
    LOT_NOT_ACCEPTED,
    LOT_EXISTS,
    OUTSIDE_TOLERANCE,
    DEVIATION_MISSING,
    PLAN,
    NOT_DATED,
    NO_TREATMENT,
    RECORDED_BEFORE,
    RECORD_REPLACED,
    DOSE_UNIT,
    OUTSIDE_RANGE,
    DRUG_STANDING,
    DRUG_LEVEL,
    STEP_NOT_PROPOSED,
    ARM_SEALED,
];

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let refused = entry(&refusal).refuse(refusal.to_string());
        match refusal {
            Refusal::Held { holds, .. } => {
                holds.into_iter().fold(refused, |refused, hold| refused.hold(hold))
            }
            other => match violation(&other) {
                Some(violation) => refused.fields([violation]),
                None => refused,
            },
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

/// "No infusion named i-7 in trial pgf-msc."
pub fn not_found(what: &'static str, name: &str) -> Error {
    NOT_FOUND.refuse(format!("no {what} named {name:?} is known here")).into()
}

fn entry(refusal: &Refusal) -> ErrorEntry {
    use Refusal as R;
    match refusal {
        R::AttemptZero => INVALID,
        R::AlreadyAsked { .. } => ALREADY_ASKED,
        R::StatementMissing { .. } | R::StartUnconfirmed => STATEMENT_MISSING,
        R::AlreadyHeard | R::WrongState { .. } => WRONG_STATE,
        R::OtherPermit => OTHER_PERMIT,
        R::LifeOver { .. } => LIFE_OVER,
        R::Held { .. } => HELD,
        R::OtherSubject | R::OtherLot { .. } | R::NoSecondChecker => BEDSIDE,
        R::BeyondTheLast { .. } | R::EarlierWaits { .. } => NO_DOSE_LEFT,
        R::TooClose { .. } | R::TooEarly { .. } | R::TooLate { .. } => SPACING,
        R::NotDated { .. } => NOT_DATED,
        R::OffTreatment { .. } | R::NotAllocated { .. } => OFF_TREATMENT,
        R::NoWeight | R::NoBaseline | R::WeightStale { .. } => WEIGHT,
        R::WeightUnconfirmed { .. } | R::WeighedSince { .. } => WEIGHT,
        R::WeightUnit { .. } | R::WeightImplausible { .. } => WEIGHT_INVALID,
        R::SamePerson => SAME_PERSON,
        R::LotNotReleased { .. } | R::LotQuarantined { .. } | R::LotExpired { .. } => LOT,
        R::LotOfOther { .. } | R::LotOfOtherProduct { .. } | R::LotUnit { .. } => LOT,
        R::LotTooSmall { .. } => LOT_TOO_SMALL,
        R::LotNotAccepted { .. } => LOT_NOT_ACCEPTED,
        R::OutsideTolerance { .. } => OUTSIDE_TOLERANCE,
        R::DeviationMissing { .. } => DEVIATION_MISSING,
        R::MoreThanPrepared { .. } => INVALID,
        R::TimeOutside { .. } => TIME_OUTSIDE,
        R::DayOutside { .. } => TIME_OUTSIDE,
        R::NoTreatment { .. } => NO_TREATMENT,
        R::RecordedBefore { .. } => RECORDED_BEFORE,
        R::RecordReplaced { .. } => RECORD_REPLACED,
        R::DoseUnit { .. } => DOSE_UNIT,
        R::OutsideRange { .. } => OUTSIDE_RANGE,
        R::DrugStanding { .. } | R::DrugStep { .. } => DRUG_STANDING,
        R::DrugLevel { .. } => DRUG_LEVEL,
        R::StepNotProposed { .. } => STEP_NOT_PROPOSED,
        R::NothingToPlan | R::AlreadyPlanned | R::NoPlan { .. } => PLAN,
    }
}

/// The field that a refusal is about, with what is allowed there.
fn violation(refusal: &Refusal) -> Option<FieldViolation> {
    use Refusal as R;
    let field = |field: &str, found: Option<String>, allowed: String| {
        Some(FieldViolation { field: field.to_owned(), found, allowed })
    };
    match refusal {
        R::AttemptZero => field("attempt", Some("0".to_owned()), "1 or higher".to_owned()),
        R::AlreadyAsked { attempt, highest } => {
            field("attempt", Some(attempt.to_string()), format!("higher than {highest}"))
        }
        R::StatementMissing { .. } => field("earlier_not_heard", None, "a statement in words".to_owned()),
        R::OtherSubject => field("check.subject", None, "the subject of the infusion".to_owned()),
        R::OtherLot { ordered } => field("check.lot", None, ordered.to_string()),
        R::NoSecondChecker => field("check.checked_with", None, "another person than who asks".to_owned()),
        R::WeightUnit { found } => field("unit", Some(found.clone()), "kg".to_owned()),
        R::WeightImplausible { least, most } => field("value", None, format!("{least} to {most} kg")),
        R::OutsideTolerance { cells, lowest, highest } => {
            field("cells", Some(cells.to_string()), format!("{lowest} to {highest}"))
        }
        R::LotTooSmall { asked, left, .. } => {
            field("cells", Some(asked.to_string()), format!("at most {left}"))
        }
        R::DeviationMissing { .. } => field("deviation", None, "the reason in words".to_owned()),
        R::MoreThanPrepared { given, prepared } => {
            field("cells", Some(given.to_string()), format!("0 to {prepared}"))
        }
        R::DayOutside { field: name, found, from, to } => {
            field(name, Some(found.to_string()), format!("{from} to {to}"))
        }
        R::NoTreatment { field: name, found, allowed } => field(name, Some(found.clone()), allowed.clone()),
        R::RecordReplaced { record, by } => field("replaces", Some(record.to_string()), by.to_string()),
        R::DoseUnit { found, allowed } => field("unit", Some(found.clone()), allowed.clone()),
        R::OutsideRange { dose, allowed } => field("dose", Some(dose.to_string()), allowed.clone()),
        R::DrugLevel { found, lowest, highest } => {
            field("level", Some(found.to_string()), format!("{lowest} to {highest}"))
        }
        R::TimeOutside { field: name, found, from, to } => {
            field(name, Some(found.to_string()), format!("{from} to {to}"))
        }
        _ => None,
    }
}

const fn info(code: &'static str, reason: Reason, meaning: &'static str, mend: &'static str) -> ErrorEntry {
    ErrorEntry::new(code, reason, Severity::Info, meaning, mend)
}

const fn warning(
    code: &'static str,
    reason: Reason,
    meaning: &'static str,
    mend: &'static str,
) -> ErrorEntry {
    ErrorEntry::new(code, reason, Severity::Warning, meaning, mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_dosings_own_and_none_is_used_twice() {
        let codes: BTreeSet<_> = ERRORS.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), ERRORS.len());
        assert!(codes.iter().all(|code| code.starts_with("DOS-") && code.len() == 8));
    }

    #[test]
    fn a_held_start_names_its_holds() {
        let refused = Refused::from(Refusal::Held {
            holds: vec!["h-1".into(), "h-2".into()],
            why: "held: rule suspend-death (hold h-1)".into(),
        });
        assert_eq!(refused.code, "DOS-0010");
        assert_eq!(refused.holds, ["h-1", "h-2"]);
    }
}
