//! The baseline set: what the phases that end with the allocation ask to be done once, and not as an option. It is
//! complete before anybody is allocated (Protocol 6.1, 6.2); each activity that is missing is named.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::Chart;
use holdpoint_protocol::eval::events::Evidence;
use holdpoint_protocol::eval::schedule::openings;
use holdpoint_protocol::ids::ActivityId;
use holdpoint_protocol::model::{Phase, ScheduledActivity};
use holdpoint_protocol::scalar::{Anchor, Duty, Line, LineKind, Moment, PhaseEnd};
use jiff::civil::Date;

use super::Criterion;
use crate::domain::heard::HeardActivity;
use crate::domain::subject::Subject;
use crate::store::subject_key;

/// Each activity of the set as a criterion of its own: "baseline.physical-exam".
pub async fn set(
    protocol: &Protocol,
    tx: &Tx,
    subject: &Subject,
    chart: &Chart,
    on: Date,
) -> Result<Vec<Criterion>> {
    let key = subject_key(&subject.trial, &subject.id);
    let mut done = tx.find::<HeardActivity>(&[("subject", &key)]).await?;
    done.retain(|activity| !activity.replaced);
    let attested = Default::default();
    let evidence = Evidence::new(chart, &attested, on);
    let mut criteria = vec![];
    for phase in protocol.phases.values().filter(|phase| ends_with_the_allocation(phase)) {
        let from = openings(protocol, phase, &evidence).first().map(|open| open.first_day);
        for wanted in phase.activities.values().filter(|activity| is_asked_once(activity)) {
            let counts = |done: &HeardActivity| {
                done.activity == wanted.activity && from.is_none_or(|from| from <= done.date)
            };
            let is_done = done.iter().any(|done| counts(done));
            criteria.push(criterion(phase, wanted, is_done));
        }
    }
    Ok(criteria)
}

/// Whether the set names an activity.
pub fn asks(protocol: &Protocol, activity: &ActivityId) -> bool {
    let names = |phase: &&Phase| phase.activities.get(activity).is_some_and(is_asked_once);
    protocol.phases.values().filter(|phase| ends_with_the_allocation(phase)).any(|phase| names(&phase))
}

fn ends_with_the_allocation(phase: &Phase) -> bool {
    phase.until.iter().any(|end| {
        matches!(end, PhaseEnd::Moment(Moment::At(Anchor::Event(event))) if event.as_str() == "randomization")
    })
}

fn is_asked_once(activity: &ScheduledActivity) -> bool {
    activity.lines.iter().any(|line: &Line| line.kind == LineKind::Once && line.duty == Duty::Due)
}

fn criterion(phase: &Phase, wanted: &ScheduledActivity, is_done: bool) -> Criterion {
    let activity = &wanted.activity;
    let missing = if is_done { vec![] } else { vec![format!("activity {activity}")] };
    Criterion {
        id: format!("{}.{activity}", phase.id),
        truth: is_done.to_string(),
        satisfied: is_done,
        facts: vec![],
        missing,
        reason: format!(
            "{activity} {}",
            if is_done { "was done" } else { "was not done, as far as followup told" }
        ),
    }
}
