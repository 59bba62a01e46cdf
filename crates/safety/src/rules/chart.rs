//! A subject's chart as the trial file reads it: where it stands, what happened, and every dose that is not known to
//! be void (protocols README, sentences 12 and 13).

use holdpoint_protocol::eval::{Chart, Stamp};
use jiff::tz::TimeZone;

use crate::domain::fact::Since;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::ledger::doses;
use crate::domain::permit::{Permit, PermitState, Progress};
use crate::domain::scope::Activity;
use crate::store::Subject;

/// What safety has of one subject.
#[derive(Debug, Clone)]
pub struct SubjectFile {
    /// Its copy.
    pub subject: Subject,
    /// Every permit it was ever given.
    pub permits: Vec<Permit>,
    /// Its site's calendar.
    pub zone: TimeZone,
}

impl SubjectFile {
    /// A subject of whom only the code is known.
    pub fn unknown(trial: TrialId, subject: SubjectId) -> Self {
        Self { subject: Subject::unknown(trial, subject), permits: vec![], zone: TimeZone::UTC }
    }
}

/// A time as the trial file knows it.
pub fn stamp(since: Since) -> Stamp {
    match since {
        Since::Unknown => Stamp::Undated,
        Since::On(date) => Stamp::Day(date),
        Since::At(at) => Stamp::Instant(at),
    }
}

/// The chart of a subject.
pub fn chart(file: &SubjectFile) -> Chart {
    let subject = &file.subject;
    let mut chart = Chart::new(subject.subject.as_str(), file.zone.clone());
    chart.arm = subject.arm.as_ref().and_then(|arm| arm.as_str().parse().ok());
    chart.cohort = subject.cohort.as_ref().and_then(|cohort| cohort.as_str().parse().ok());
    chart.doses = doses(&file.permits).into_iter().map(|dose| Stamp::Instant(dose.at)).collect();
    for milestone in subject.milestones.values() {
        if let Ok(event) = milestone.event.parse() {
            chart.happened(event, stamp(milestone.at));
        }
    }
    let recorded = subject.milestones.values().any(|milestone| milestone.event == "randomization");
    if let Some(at) = allocated(&file.permits).filter(|_| !recorded)
        && let Ok(event) = "randomization".parse()
    {
        chart.happened(event, Stamp::Instant(at));
    }
    chart
}

/// An allocation that was shown, where enrollment's own record of it has not come yet.
fn allocated(permits: &[Permit]) -> Option<jiff::Timestamp> {
    permits.iter().find_map(|permit| match (permit.asked.activity, &permit.state, &permit.progress) {
        (Activity::Randomization, PermitState::Heard, Progress::Completed(at)) => Some(*at),
        _ => None,
    })
}
