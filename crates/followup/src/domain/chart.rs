//! What the protocol crate is asked with: the subject's events, doses, arm and the end of its study, each source's word
//! once. What people recorded and signed stands before what was found in data (semantics 27 and 28).

use std::collections::BTreeSet;

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::dosing::{Course, last_dose};
use holdpoint_protocol::eval::{Chart, Stamp};
use holdpoint_protocol::ids::{ArmId, EventId};
use jiff::tz::TimeZone;

use super::happened::Occurrence;
use super::infusion::visits;
use super::plan::counts_back;
use super::subject::Subject;
use super::visit::Standing;

/// The chart of a subject in the calendar of its site.
pub fn chart(subject: &Subject, protocol: &Protocol, zone: TimeZone) -> Chart {
    let mut chart = Chart::new(subject.id.as_str(), zone);
    allocated(&mut chart, subject, protocol);
    let (screened, registered) = (subject.screened_on(&chart.zone), subject.registered_on(&chart.zone));
    happen(&mut chart, "screening", screened.map(Stamp::Day));
    happen(&mut chart, "enrollment", registered.map(Stamp::Day));
    happen(&mut chart, "consent", subject.consents.iter().map(|day| Stamp::Day(*day)));
    let instant = |ended: &super::happened::Ended| Stamp::Instant(ended.at);
    happen(&mut chart, "screen-failure", subject.screen_failed.as_ref().map(instant));
    happen(&mut chart, "withdrawal", subject.off_study.as_ref().map(instant));
    chart.end_of_study = subject.off_study.as_ref().map(instant);
    for told in subject.milestones.standing().chain(subject.transfusions.standing()) {
        happen(&mut chart, &told.event, [stamp(told)]);
    }
    found_in_data(&mut chart, subject, protocol);
    dosed(&mut chart, subject, protocol);
    chart
}

/// The chart as it will read once the planned doses are given; none where no phase of the file is counted back from anything, or
/// nothing is planned after what was given.
pub fn expected(chart: &Chart, subject: &Subject, protocol: &Protocol) -> Option<Chart> {
    if !protocol.phases.values().any(counts_back) {
        return None;
    }
    let given = subject.starts.values().filter(|start| !start.void).map(|start| start.at).max();
    let waiting = visits(subject, &chart.zone).into_iter().filter(|one| one.standing == Standing::Scheduled);
    let planned = waiting.map(|one| one.infusion.due).filter(|due| Some(*due) > given);
    let mut expected = chart.clone();
    expected.doses.extend(planned.map(Stamp::Instant));
    (expected.doses.len() > chart.doses.len()).then_some(expected)
}

fn allocated(chart: &mut Chart, subject: &Subject, protocol: &Protocol) {
    let Some(allocation) = &subject.allocation else { return };
    happen(chart, "randomization", [Stamp::Instant(allocation.at)]);
    let only = || protocol.arms.values().next().filter(|_| protocol.arms.len() == 1);
    let named = allocation.arm.parse::<ArmId>().ok();
    chart.arm = named.or_else(|| only().map(|arm| arm.id.clone()));
    chart.cohort = allocation.cohort.as_ref().and_then(|cohort| cohort.parse().ok());
}

/// Events of labs and of drug levels, unless people recorded the same event or must sign it first.
fn found_in_data(chart: &mut Chart, subject: &Subject, protocol: &Protocol) {
    let recorded: BTreeSet<String> = chart.events.keys().map(ToString::to_string).collect();
    for (event, day) in subject.found.standing().chain(subject.levels.standing()) {
        let Ok(id) = event.parse::<EventId>() else { continue };
        let signed = protocol.event(&id).is_some_and(|event| event.confirm.is_some());
        if !signed && !recorded.contains(event) {
            happen(chart, event, [Stamp::Day(day)]);
        }
    }
}

fn dosed(chart: &mut Chart, subject: &Subject, protocol: &Protocol) {
    let starts = subject.starts.values().filter(|start| !start.void);
    chart.doses = starts.map(|start| Stamp::Instant(start.at)).collect();
    let course = chart.arm.as_ref().and_then(|arm| Course::of(protocol, arm, chart.cohort.as_ref()).ok());
    let stopped = subject.off_treatment.as_ref().map(|ended| Stamp::Instant(ended.at));
    let last = course.and_then(|course| last_dose(&course, &chart.doses_in_order(), stopped));
    happen(chart, "last-dose", last);
}

/// Adds happenings, each day of an event once.
fn happen(chart: &mut Chart, event: &str, stamps: impl IntoIterator<Item = Stamp>) {
    let Ok(event) = event.parse::<EventId>() else { return };
    for stamp in stamps {
        let day = stamp.day(&chart.zone);
        let known = chart.times_of(&event).iter().any(|known| known.day(&chart.zone) == day);
        if !known {
            chart.happened(event.clone(), stamp);
        }
    }
}

fn stamp(told: &Occurrence) -> Stamp {
    told.at.map_or(Stamp::Day(told.date), Stamp::Instant)
}
