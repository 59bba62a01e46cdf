//! Every refusal of safety: a stable code, what it means and what to do about it.

use holdpoint_chassis::error::{ErrorEntry, Reason, Refused, Severity};

use crate::domain::ids::HoldId;
use crate::domain::permit::NoPermit;
use crate::domain::release::{NotSigned, Paper, SignerRole};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $reason:ident, $severity:ident, $meaning:literal, $mend:literal;)*) => {
        $($(#[$doc])* pub const $name: ErrorEntry =
            ErrorEntry::new($code, Reason::$reason, Severity::$severity, $meaning, $mend);)*

        /// Every refusal of safety.
        pub const ERRORS: &[ErrorEntry] = &[$($name,)*];
    };
}

refusals! {
    /// Fields that cannot be read.
    MALFORMED = "SAF-0001", InvalidArgument, Info,
        "fields of the request are missing or wrong", "correct each field that is named and send it again";
    /// No active protocol.
    NO_PROTOCOL = "SAF-0002", FailedPrecondition, Warning,
        "safety knows of no active protocol of the trial", "activate a version; where one is active, wait until safety has heard of it";
    /// No such adverse event.
    NO_ADVERSE_EVENT = "SAF-0003", NotFound, Info,
        "the trial has no such adverse event", "use the id that the report was answered with";
    /// No such hold.
    NO_HOLD = "SAF-0004", NotFound, Info, "the trial has no such hold", "list the trial's holds and name one of them";
    /// No such alert.
    NO_ALERT = "SAF-0005", NotFound, Info, "the trial has no such alert", "list the trial's alerts and name one of them";
    /// A rule that cannot be signed.
    NOT_SIGNABLE = "SAF-0006", FailedPrecondition, Info,
        "the trial file has no such rule for a person to sign", "sign a rule that has `attest` or `or-attest`";
    /// A hold covers what was asked.
    HELD = "SAF-0007", FailedPrecondition, Info,
        "a hold covers it", "nothing starts until each of the named holds is released by the two people that its kind asks for";
    /// An earlier permit stands.
    EARLIER_PERMIT = "SAF-0008", FailedPrecondition, Warning,
        "an earlier permit for the same infusion or allocation is not void", "confirm or abandon the earlier start first";
    /// The ask id came before.
    REPEATED_ASK = "SAF-0009", Aborted, Warning,
        "this ask was answered before", "ask again with a fresh id; an answer to an ask is never repeated";
    /// A peer is silent after a restart.
    PEER_SILENT = "SAF-0010", Unavailable, Warning,
        "after its restart safety has not heard from a service that may know of holds and permits",
        "start the silent service, or let a person override with a reason";
    /// A parked row.
    PARKED = "SAF-0011", FailedPrecondition, Error,
        "a row of a peer's journal that permits depend on could not be applied", "see `journal parked`; upgrade, or skip the row with a reason";
    /// Safety itself went back.
    WE_WENT_BACK = "SAF-0012", FailedPrecondition, Error,
        "safety lacks rows that the asker has seen: it was restored from an older copy", "reconcile and release the reconciliation hold";
    /// The asker went back.
    ASKER_WENT_BACK = "SAF-0013", FailedPrecondition, Error,
        "the asking service lacks rows that safety has seen: it was restored from an older copy", "reconcile and release the reconciliation hold";
    /// Permanent.
    PERMANENT = "SAF-0014", FailedPrecondition, Info, "the hold is permanent", "nobody can release it";
    /// Not effective.
    NOT_EFFECTIVE = "SAF-0015", FailedPrecondition, Info,
        "the hold is not effective yet", "sign again in a few seconds, when the board shows it as effective";
    /// Assessment open.
    ASSESSMENT_OPEN = "SAF-0016", FailedPrecondition, Info,
        "the hold is pending an assessment, and none recorded makes its rule false", "record the assessment of the adverse event first";
    /// Wrong role.
    WRONG_ROLE = "SAF-0017", PermissionDenied, Info,
        "a hold of this kind is not released in this role", "let two people sign in the roles that are named";
    /// Same person.
    SAME_PERSON = "SAF-0018", FailedPrecondition, Warning,
        "the same person has signed this release before", "another person must give the second signature";
    /// Role taken.
    ROLE_TAKEN = "SAF-0019", FailedPrecondition, Info,
        "somebody else has signed in this role", "the second signature is given in the other role";
    /// Paper missing.
    PAPER_MISSING = "SAF-0020", InvalidArgument, Info,
        "the release lacks the paper that the kind of hold asks for", "give the field that is named";
    /// Released before.
    ALREADY_RELEASED = "SAF-0021", FailedPrecondition, Info, "the hold is released already", "nothing is left to sign";
    /// Not this service's activity.
    NOT_YOURS = "SAF-0022", PermissionDenied, Warning,
        "this service may not ask for this activity", "dosing asks for doses, enrollment for randomizations";
    /// No such permit.
    NO_PERMIT = "SAF-0023", NotFound, Info, "the trial has no such permit", "use the id from the infusion's record";
    /// Not a peer.
    NO_PEER = "SAF-0024", InvalidArgument, Info, "safety waits for no service of this name", "name one of the services that are listed";
    /// Not allowed to speak for them.
    NOT_THEIR_VOICE = "SAF-0025", PermissionDenied, Info,
        "the rule is not signed for these people", "name one of those on whose behalf the trial file lets it be signed";
    /// Slow subscriber.
    SUBSCRIBER_SLOW = "SAF-0026", ResourceExhausted, Warning,
        "the subscriber fell too far behind", "subscribe again after the last alert that was received";
    /// The subscriber's token ran out.
    TOKEN_OVER = "SAF-0027", Unauthenticated, Info,
        "the token of the stream has run out", "subscribe again with a fresh token, after the last alert that was received";
    /// A reason is missing.
    NO_REASON = "SAF-0028", InvalidArgument, Info, "the reason is missing", "say in a sentence why";
    /// A cohort that is not open, or full.
    COHORT_NOT_OPEN = "SAF-0029", FailedPrecondition, Info,
        "the cohort is not open, or is full", "wait for what is missing; a next cohort opens by the decisions that the trial file asks";
    /// Inside the stagger gap.
    TOO_NEAR = "SAF-0030", FailedPrecondition, Info,
        "another subject's first dose is too near", "ask again at the time that is named, or later";
    /// A cohort that a decision cannot open.
    NOT_OPENED = "SAF-0031", FailedPrecondition, Info,
        "the cohort cannot be opened by this decision", "see what the trial file's escalation asks of the cohort before it";
    /// No such candidate.
    NO_CANDIDATE = "SAF-0032", NotFound, Info,
        "the trial has no such laboratory finding", "list the trial's candidates and name one of them";
    /// Judged before.
    CANDIDATE_JUDGED = "SAF-0033", FailedPrecondition, Info,
        "the laboratory finding was judged before, or withdrawn", "look at what became of it; update the adverse event where more is known";
}

/// What people write where a list of ids is told.
fn list<'a>(ids: impl IntoIterator<Item = &'a HoldId>) -> String {
    ids.into_iter().map(HoldId::as_str).collect::<Vec<_>>().join(", ")
}

impl From<NoPermit> for Refused {
    fn from(refusal: NoPermit) -> Self {
        match refusal {
            NoPermit::Held(holds) => {
                let words = format!("held by {}: nothing that it covers may start", list(&holds));
                holds.iter().fold(HELD.refuse(words), |refused, hold| refused.hold(hold.as_str()))
            }
            NoPermit::EarlierNotVoid(permit) => {
                let words = format!("permit {permit}, given earlier for the same, is not void");
                EARLIER_PERMIT.refuse(words).field("permit", Some(permit.to_string()), "a void one")
            }
            NoPermit::NoInfusion => MALFORMED.refuse("a dose is asked for without saying which").field(
                "infusion",
                None,
                "the infusion's id, and its number from 1",
            ),
        }
    }
}

impl From<NotSigned> for Refused {
    fn from(refusal: NotSigned) -> Self {
        match refusal {
            NotSigned::Permanent => PERMANENT.refuse("a permanent hold is never released"),
            NotSigned::AlreadyReleased => ALREADY_RELEASED.refuse("this hold was released before"),
            NotSigned::NotEffective => NOT_EFFECTIVE
                .refuse("a permit given before this hold may still be used; it is not effective yet"),
            NotSigned::AssessmentOpen => {
                ASSESSMENT_OPEN.refuse("no recorded assessment has made the rule of this hold false")
            }
            NotSigned::WrongRole(roles) => {
                let allowed = roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(" or ");
                WRONG_ROLE.refuse("this hold is released in other roles").field("as_role", None, allowed)
            }
            NotSigned::SamePerson => SAME_PERSON.refuse("two different people release a hold"),
            NotSigned::RoleTaken => ROLE_TAKEN.refuse("this role's signature was given by somebody else"),
            NotSigned::NoReason => NO_REASON.refuse("a release is signed with a reason").field(
                "act.reason",
                None,
                "a sentence that says why",
            ),
            NotSigned::PaperMissing(paper) => {
                let (field, allowed) = match paper {
                    Paper::EthicsReference => {
                        ("ethics_reference", "reference of the ethics committee's approval")
                    }
                    Paper::Amendment => ("amendment", "the amendment, or the reason for none"),
                    Paper::Statement => ("statement", "a statement that no hold of the gap is missing"),
                };
                PAPER_MISSING
                    .refuse("neither signature brings what a release of this hold rests on")
                    .field(field, None, allowed)
            }
        }
    }
}

impl SignerRole {
    /// As tokens and refusals write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::BoardMember => "board-member",
            Self::PrincipalInvestigator => "principal-investigator",
            Self::Investigator => "investigator",
            Self::SafetyOfficer => "safety-officer",
            Self::Administrator => "administrator",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<_> = ERRORS.iter().map(|entry| entry.code).collect();
        let expected: Vec<_> = (1..=ERRORS.len()).map(|n| format!("SAF-{n:04}")).collect();
        assert_eq!(codes, expected);
    }

    #[test]
    fn a_held_permit_names_its_holds() {
        let refused = Refused::from(NoPermit::Held(BTreeSet::from(["a".into(), "b".into()])));
        assert_eq!(refused.holds, ["a", "b"]);
    }
}
