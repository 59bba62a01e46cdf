//! Every refusal of enrollment: its stable code, what a caller's program may make of it, and what mends it.

use holdpoint_chassis::error::{Error, ErrorEntry, Reason, Refused, Severity};

use crate::domain::Refusal;

macro_rules! table {
    ($($name:ident = $code:literal $reason:ident, $meaning:literal, $mend:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: ErrorEntry =
                ErrorEntry::new($code, Reason::$reason, severity(Reason::$reason), $meaning, $mend);
        )*

        /// Every refusal of enrollment.
        pub const ERRORS: &[ErrorEntry] = &[$($name),*];
    };
}

const fn severity(reason: Reason) -> Severity {
    match reason {
        Reason::PermissionDenied | Reason::ResourceExhausted | Reason::Unavailable => Severity::Warning,
        _ => Severity::Info,
    }
}

table! {
    FIELDS = "ENR-0001" InvalidArgument, "fields of the request are missing or can not be read",
        "send each named field as it is allowed";
    TRIAL_FILE = "ENR-0002" InvalidArgument, "the trial file or a dictionary has findings",
        "mend each finding; `holdpoint protocol check` shows them all";
    UNKNOWN_TRIAL = "ENR-0003" NotFound, "no such trial is registered",
        "register the trial, or mend its id";
    UNKNOWN_VERSION = "ENR-0004" NotFound, "the trial has no such version",
        "name one of the versions of GetTrial";
    VERSION_TAKEN = "ENR-0005" AlreadyExists, "this version is registered already",
        "give the amended file a version of its own";
    NOT_ASSUMED = "ENR-0006" NotFound, "the item is not assumed in this version",
        "name an item of GetTrial";
    UNCONFIRMED = "ENR-0007" FailedPrecondition, "assumed items are unconfirmed",
        "the principal investigator confirms each item, with a reason";
    ETHICS_MISSING = "ENR-0008" FailedPrecondition, "the version has no ethics approval",
        "record the approval";
    REASON_MISSING = "ENR-0009" InvalidArgument, "the act needs a reason",
        "say in a sentence why";
    VERSION_STATE = "ENR-0010" FailedPrecondition, "the version does not stand where this act needs it",
        "look at the version in GetTrial";
    UNKNOWN_SITE = "ENR-0011" NotFound, "the trial has no such site",
        "register the site, or mend its id";
    SITE_TAKEN = "ENR-0012" AlreadyExists, "the site is registered already",
        "use it, or take another id";
    DELEGATION = "ENR-0013" FailedPrecondition, "the delegation can not be given or ended like this",
        "see the message";
    UNKNOWN_DELEGATION = "ENR-0014" NotFound, "the trial has no such delegation",
        "name one that DelegateRole answered";
    NOTHING_IN_FORCE = "ENR-0015" FailedPrecondition, "no version of the protocol is in force",
        "activate a version";
    UNKNOWN_SUBJECT = "ENR-0016" NotFound, "the trial has no such subject",
        "screen the subject, or mend its code";
    SUBJECT_TAKEN = "ENR-0017" AlreadyExists, "the subject's code is used already",
        "take the next code";
    SAME_PATIENT = "ENR-0018" AlreadyExists, "this patient has a record in the trial already",
        "go on with the record named; after a screen failure a further screening needs a reason";
    LIKE_PATIENT = "ENR-0019" FailedPrecondition, "a patient of the same birth date, sex and initials has a record already",
        "compare with the record named; if it is somebody else, say so in the reason";
    BEFORE_CONSENT = "ENR-0020" FailedPrecondition, "a trial procedure is dated before the consent",
        "record the consent, or mark the fact as routine care";
    DATE = "ENR-0021" InvalidArgument, "a date can not be so",
        "mend the date; days are the site's calendar days";
    SUBJECT_STATE = "ENR-0022" FailedPrecondition, "the subject does not stand where this act needs it",
        "look at the subject with GetSubject";
    COURSE_ENDED = "ENR-0023" FailedPrecondition, "the subject's treatment or study has ended",
        "nothing: what ended stays ended";
    UNKNOWN_FACT = "ENR-0024" InvalidArgument, "the fact, its value or its unit is not of the trial's dictionaries",
        "send the fact as its dictionary declares it";
    UNKNOWN_CRITERION = "ENR-0025" InvalidArgument, "the criterion is none that a person answers",
        "name a criterion with `attest` or `or-attest`";
    NOT_ELIGIBLE = "ENR-0026" FailedPrecondition, "a criterion is not satisfied, or not known",
        "give the missing facts; there is no waiver";
    UNKNOWN_EVENT = "ENR-0027" InvalidArgument, "the event is none that a person records or confirms",
        "name an event of the trial file or its dictionaries";
    NOT_PROPOSED = "ENR-0028" FailedPrecondition, "what was recorded does not show the event",
        "record the facts named; the event is confirmed when they show it";
    MILESTONE = "ENR-0029" FailedPrecondition, "the record can not be corrected like this",
        "correct the newest record of the same event";
    ALREADY_ASKED = "ENR-0030" Aborted, "this attempt was asked before; an allocation is never repeated",
        "if the answer was not heard or not acted on, say so and ask with a higher attempt";
    STATEMENT_MISSING = "ENR-0031" FailedPrecondition, "an earlier attempt is unanswered",
        "state that its answer was not heard or not acted on";
    LIST_EXHAUSTED = "ENR-0032" FailedPrecondition, "the places are used up",
        "nothing: the size of the trial, the arm or the cohort is reached; more is an amendment, or the board's next cohort";
    METHOD = "ENR-0033" FailedPrecondition, "the file does not allocate like this",
        "name an arm only where the investigator chooses, a cohort only where it takes the same people again";
    HELD = "ENR-0034" FailedPrecondition, "safety gives no permit",
        "see the holds named; nothing is allocated until they are released";
    GATE_SILENT = "ENR-0035" Unavailable, "safety does not answer; no answer means no",
        "ask again with the same attempt when safety is back";
    LIFE_OVER = "ENR-0036" Aborted, "the permit's life was over before the allocation could be shown",
        "ask again with a higher attempt; the place on the list stays the subject's";
    UNKNOWN_PERMIT = "ENR-0037" FailedPrecondition, "the permit is not waiting for an acknowledgement",
        "act on no allocation that was not acknowledged in time; ask again with a higher attempt";
    UNKNOWN_RULE = "ENR-0038" InvalidArgument, "the rule ends neither treatment nor study by a person's word",
        "name a rule of the file with `attest` or `or-attest` that stops dosing or withdraws";
    UNSURE = "ENR-0039" FailedPrecondition, "enrollment can not be sure of its own state in this trial",
        "reconcile as the runbook says";
    DESIGN = "ENR-0040" FailedPrecondition, "no randomization list can be drawn from the file",
        "mend arms, ratio, blocks and strata of the file in a further version";
    CHOICE = "ENR-0041" PermissionDenied, "an investigator chooses the arm of this trial",
        "let an investigator of the trial ask";
    COHORT = "ENR-0042" FailedPrecondition, "no cohort takes this subject at this moment",
        "see the message: a cohort opens by the board's signed decision";
    CONSENT_DUE = "ENR-0043" FailedPrecondition, "the version in force asks for a consent of its own",
        "inform the subject, and record the consent to that version";
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        entry(&refusal).refuse(refusal.to_string())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Refused::from(refusal).into()
    }
}

fn entry(refusal: &Refusal) -> ErrorEntry {
    match refusal {
        Refusal::UnknownVersion { .. } => UNKNOWN_VERSION,
        Refusal::VersionTaken { .. } => VERSION_TAKEN,
        Refusal::NothingInForce => NOTHING_IN_FORCE,
        Refusal::Superseded { .. }
        | Refusal::ActiveBefore { .. }
        | Refusal::NeverInForce { .. }
        | Refusal::ApprovedAndInForce { .. }
        | Refusal::ConfirmedBefore { .. } => VERSION_STATE,
        Refusal::Unconfirmed { .. } => UNCONFIRMED,
        Refusal::EthicsMissing { .. } => ETHICS_MISSING,
        Refusal::NotAssumed { .. } => NOT_ASSUMED,
        Refusal::ReasonMissing => REASON_MISSING,
        Refusal::UnknownSite { .. } => UNKNOWN_SITE,
        Refusal::SiteTaken { .. } => SITE_TAKEN,
        Refusal::RoleNotDelegable { .. } | Refusal::SpanEmpty | Refusal::DelegationEnded => DELEGATION,
        Refusal::BeforeConsent { .. } => BEFORE_CONSENT,
        Refusal::WrongState { .. } => SUBJECT_STATE,
        Refusal::CourseEnded { .. } => COURSE_ENDED,
        Refusal::AttemptZero => FIELDS,
        Refusal::AlreadyAsked { .. } | Refusal::SlotAlreadyDrawn { .. } => ALREADY_ASKED,
        Refusal::StatementMissing { .. } => STATEMENT_MISSING,
        Refusal::PermitNotStarting => UNKNOWN_PERMIT,
        Refusal::ListExhausted { .. } | Refusal::ArmFull { .. } | Refusal::CohortFull { .. } => {
            LIST_EXHAUSTED
        }
        Refusal::NothingToChoose { .. } | Refusal::ArmToChoose { .. } | Refusal::ChosenBefore => METHOD,
        Refusal::NoCohortOpen
        | Refusal::CohortNotOpen { .. }
        | Refusal::CohortTakesAgain { .. }
        | Refusal::CohortTakesNobodyAgain { .. } => COHORT,
        Refusal::ConsentDue { .. } => CONSENT_DUE,
        Refusal::NothingToCorrect => SUBJECT_STATE,
        Refusal::MilestoneReplaced { .. } => MILESTONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<_> = ERRORS.iter().map(|entry| entry.code).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(codes.iter().all(|code| code.starts_with("ENR-")));
    }
}
