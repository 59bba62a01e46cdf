//! Rules: what wakes them, what they ask, and what they do (semantics 3 to 13, 43).

use std::fmt;

use super::{Head, Role, words};
use crate::condition::Condition;
use crate::ids::{EventId, RuleId};
use crate::scalar::{Moment, Within};

/// `[rule.x]`. Its id is the reason code of whatever it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Section, the paper's sentence, and assumptions.
    pub head: Head,
    /// The event that wakes it.
    pub on: Option<EventId>,
    /// The condition.
    pub when: Option<Condition>,
    /// A question that a role of `by` answers and signs.
    pub attest: Option<String>,
    /// A second, sufficient way in.
    pub or_attest: Option<String>,
    /// Who may sign; empty is the investigator (semantics 5).
    pub by: Vec<Role>,
    /// The window in which the facts of `when` must have taken their values (semantics 10).
    pub within: Option<Within>,
    /// Only at or after this.
    pub after: Option<Moment>,
    /// Only before this.
    pub before: Option<Moment>,
    /// So many, where one is not enough.
    pub threshold: Option<Threshold>,
    /// What it does; at least one thing.
    pub then: Vec<Verb>,
    /// Whom it does it to.
    pub scope: RuleScope,
}

/// `count` and `of`: so many in one subject, cohort or trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// How many.
    pub count: u32,
    /// Counted in what.
    pub of: RuleScope,
}

/// How far a rule reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleScope {
    /// The subject.
    Subject,
    /// The subject's cohort.
    Cohort,
    /// The whole trial.
    Trial,
}

words!(RuleScope { Subject = "subject", Cohort = "cohort", Trial = "trial" });

/// What a rule does: a closed list (format 3.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Holds dosing in the rule's scope; allocation goes on.
    HoldDosing,
    /// Ends the subject's treatment; follow-up goes on.
    StopDosing,
    /// Ends the subject's study; only withdrawn consent does.
    WithdrawSubject,
    /// Ends a registration that was never allocated.
    FailScreening,
    /// Holds allocation and dosing in the whole trial.
    SuspendTrial,
    /// A hold on both that nobody can release.
    TerminateTrial,
    /// Holds allocation.
    PauseEnrollment,
    /// Holds first doses of the cohort.
    PauseCohort,
    /// Calls the safety board together.
    ConveneSafetyBoard,
    /// Tells the safety board.
    NotifySafetyBoard,
    /// Proposes a lower dose.
    ProposeDoseReduction,
    /// Asks for treatment of the symptoms.
    TreatSymptoms,
    /// Asks for a drug, by its name.
    TreatWith(String),
}

impl Verb {
    /// The forms that are read.
    pub const ALLOWED: &'static str = "hold dosing, stop dosing, withdraw subject, fail screening, suspend trial, \
        terminate trial, pause enrollment, pause cohort, convene safety-board, notify safety-board, \
        propose dose-reduction, treat symptoms, treat with DRUG";

    /// Reads the verb of the file.
    pub fn from_words(text: &str) -> Option<Self> {
        Some(match text {
            "hold dosing" => Self::HoldDosing,
            "stop dosing" => Self::StopDosing,
            "withdraw subject" => Self::WithdrawSubject,
            "fail screening" => Self::FailScreening,
            "suspend trial" => Self::SuspendTrial,
            "terminate trial" => Self::TerminateTrial,
            "pause enrollment" => Self::PauseEnrollment,
            "pause cohort" => Self::PauseCohort,
            "convene safety-board" => Self::ConveneSafetyBoard,
            "notify safety-board" => Self::NotifySafetyBoard,
            "propose dose-reduction" => Self::ProposeDoseReduction,
            "treat symptoms" => Self::TreatSymptoms,
            _ => {
                let drug = text.strip_prefix("treat with ")?;
                let fits = !drug.is_empty() && drug.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                return fits.then(|| Self::TreatWith(drug.to_owned()));
            }
        })
    }

    /// Whether it holds, stops, suspends, pauses or withdraws: then unknown holds (semantics 3).
    pub fn restrains(&self) -> bool {
        !matches!(
            self,
            Self::ConveneSafetyBoard
                | Self::NotifySafetyBoard
                | Self::ProposeDoseReduction
                | Self::TreatSymptoms
                | Self::TreatWith(_)
        )
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HoldDosing => "hold dosing",
            Self::StopDosing => "stop dosing",
            Self::WithdrawSubject => "withdraw subject",
            Self::FailScreening => "fail screening",
            Self::SuspendTrial => "suspend trial",
            Self::TerminateTrial => "terminate trial",
            Self::PauseEnrollment => "pause enrollment",
            Self::PauseCohort => "pause cohort",
            Self::ConveneSafetyBoard => "convene safety-board",
            Self::NotifySafetyBoard => "notify safety-board",
            Self::ProposeDoseReduction => "propose dose-reduction",
            Self::TreatSymptoms => "treat symptoms",
            Self::TreatWith(drug) => return write!(f, "treat with {drug}"),
        })
    }
}
