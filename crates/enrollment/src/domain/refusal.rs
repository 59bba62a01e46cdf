//! Every no of the domain, with what the person needs to mend it. Codes and gRPC reasons are given in `error.rs`.
//! No variant carries personal data or an arm.

use holdpoint_chassis::identity::Role;
use jiff::civil::Date;

use super::ids::{ArmId, CohortId, MilestoneId, RuleId, SiteId, SubjectId};
use super::subject::Axis;
use super::trial::Item;

/// Why a decision is no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such version.
    #[error("the trial has no version {version}; it has {}", list(known))]
    UnknownVersion {
        /// As asked.
        version: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The version exists.
    #[error("version {version} is registered already{}", if *same { "" } else { ", with other content: give the amended file a version of its own" })]
    VersionTaken {
        /// Which.
        version: String,
        /// With the same content.
        same: bool,
    },
    /// No version is in force.
    #[error("no version of the trial's protocol is in force: activate one first")]
    NothingInForce,
    /// The version was replaced.
    #[error("version {version} was superseded and can not come back; register a further version")]
    Superseded {
        /// Which.
        version: String,
    },
    /// The version is in force.
    #[error("version {version} is in force already")]
    ActiveBefore {
        /// Which.
        version: String,
    },
    /// The version was never in force.
    #[error("version {version} was never in force; nobody can consent to it")]
    NeverInForce {
        /// Which.
        version: String,
    },
    /// Assumed items stand open.
    #[error("version {version} can not be put in force while assumed items are unconfirmed: {}", list(items))]
    Unconfirmed {
        /// Which.
        version: String,
        /// All of them.
        items: Vec<Item>,
    },
    /// No approval.
    #[error("version {version} has no ethics approval on record")]
    EthicsMissing {
        /// Which.
        version: String,
    },
    /// The approval of a version in force is not edited.
    #[error(
        "version {version} is or was in force under its approval; a further approval belongs to a further version"
    )]
    ApprovedAndInForce {
        /// Which.
        version: String,
    },
    /// The item is none.
    #[error("{item} is not assumed in this version; unconfirmed are {}", list(unconfirmed))]
    NotAssumed {
        /// As asked.
        item: Item,
        /// What there is to confirm.
        unconfirmed: Vec<Item>,
    },
    /// Twice.
    #[error("{item} is confirmed already")]
    ConfirmedBefore {
        /// Which.
        item: Item,
    },
    /// No reason given.
    #[error("this act needs a reason, in the person's words")]
    ReasonMissing,
    /// No such site.
    #[error("the trial has no site {site}; it has {}", list(known))]
    UnknownSite {
        /// As asked.
        site: SiteId,
        /// What there is.
        known: Vec<SiteId>,
    },
    /// The site exists.
    #[error("site {site} is registered already")]
    SiteTaken {
        /// Which.
        site: SiteId,
    },
    /// The role can not be delegated by this person.
    #[error("the role {role} is not this person's to delegate")]
    RoleNotDelegable {
        /// Which.
        role: Role,
    },
    /// A delegation of no length.
    #[error("a delegation must end after it begins")]
    SpanEmpty,
    /// Twice.
    #[error("this delegation was ended before")]
    DelegationEnded,
    /// A trial procedure before the consent.
    #[error("a trial procedure of {on} needs a consent of that day or earlier; {}", consent(consented_on))]
    BeforeConsent {
        /// The day of the procedure.
        on: Date,
        /// The earliest consent.
        consented_on: Option<Date>,
    },
    /// Not in this state.
    #[error("the subject is {state}: no {wanted} in this state")]
    WrongState {
        /// What was asked for.
        wanted: &'static str,
        /// Where the subject stands.
        state: &'static str,
    },
    /// An axis has ended.
    #[error("the subject's {} ended by rule {rule}", axis.as_str())]
    CourseEnded {
        /// Which.
        axis: Axis,
        /// The reason code.
        rule: RuleId,
    },
    /// Attempts count from 1.
    #[error("attempts count from 1")]
    AttemptZero,
    /// The same attempt, or a lower one.
    #[error(
        "attempt {attempt} was already asked (newest {newest}); its answer is never repeated. If it was not heard or not acted on, say so and ask with a higher attempt"
    )]
    AlreadyAsked {
        /// As asked.
        attempt: u32,
        /// The newest.
        newest: u32,
    },
    /// A higher attempt without the statement.
    #[error(
        "attempt {newest} is unanswered: a higher attempt needs the statement that its answer was not heard or not acted on"
    )]
    StatementMissing {
        /// The newest.
        newest: u32,
    },
    /// The permit is not the one that is out.
    #[error("this permit is not waiting for an acknowledgement")]
    PermitNotStarting,
    /// The end of the list.
    #[error("all {size} places of the randomization list are used; it is never extended or wrapped")]
    ListExhausted {
        /// How many.
        size: u32,
    },
    /// Twice.
    #[error("subject {subject} has a place on the list already")]
    SlotAlreadyDrawn {
        /// Whose.
        subject: SubjectId,
    },
    /// No group takes anybody.
    #[error("no cohort of the trial is open")]
    NoCohortOpen,
    /// Another group is open than the one asked for.
    #[error("the cohort that is open is {open}; the next one opens by the board's signed decision")]
    CohortNotOpen {
        /// The open one.
        open: CohortId,
    },
    /// The group takes only people of an earlier one.
    #[error(
        "cohort {cohort} is open, and takes the people of cohort {of} again and nobody else: name it for one of them"
    )]
    CohortTakesAgain {
        /// The open one.
        cohort: CohortId,
        /// Whose people it takes.
        of: CohortId,
    },
    /// The group takes nobody a second time.
    #[error("cohort {cohort} is open, and takes nobody who was allocated before")]
    CohortTakesNobodyAgain {
        /// The open one.
        cohort: CohortId,
    },
    /// The group has its size.
    #[error("cohort {cohort} has its {size} subjects; the next one opens by the board's signed decision")]
    CohortFull {
        /// The open one.
        cohort: CohortId,
        /// How many.
        size: u32,
    },
    /// The arm has its size.
    #[error("the arm has its {size} subjects")]
    ArmFull {
        /// How many.
        size: u32,
    },
    /// The investigator chooses, and has not, or chose what there is not.
    #[error("the investigator chooses the arm of this trial: name one of {}", list(allowed))]
    ArmToChoose {
        /// The arms.
        allowed: Vec<ArmId>,
    },
    /// Something was named where nothing is chosen.
    #[error("nobody chooses the {what} in this trial: leave it empty")]
    NothingToChoose {
        /// Arm or cohort.
        what: &'static str,
    },
    /// The choice took a place and stands.
    #[error("an earlier attempt chose another arm, and that choice stands: ask with it")]
    ChosenBefore,
    /// A correction of nothing.
    #[error("there is no consent to correct")]
    NothingToCorrect,
    /// A later version asks for a consent of its own.
    #[error(
        "version {version} of the protocol is in force, and the subject consented to {consented}: record the consent to it first"
    )]
    ConsentDue {
        /// The version to consent to.
        version: String,
        /// The one consented to.
        consented: String,
    },
    /// Replaced twice.
    #[error("record {milestone} was replaced before; correct the newest record")]
    MilestoneReplaced {
        /// Which.
        milestone: MilestoneId,
    },
}

fn list<T: ToString>(items: &[T]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn consent(on: &Option<Date>) -> String {
    match on {
        Some(date) => format!("the earliest is of {date}"),
        None => "there is none".to_owned(),
    }
}
