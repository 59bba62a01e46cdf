//! Answers as the wire carries them.

use holdpoint_api::followup::v1 as pb;
use jiff::civil::Date;

use crate::commands::recording::Recorded;
use crate::commands::reschedule::Moved;
use crate::domain::plan::{Firmness, Opened};
use crate::domain::visit::{Change, Standing, Window};
use crate::events::{self, time};
use crate::queries::Shown;
use crate::queries::count_visits::Counts;
use crate::queries::get_schedule::Schedule;
use crate::queries::{list_activities, list_due};

pub(super) fn recorded(recorded: Recorded) -> pb::RecordActivityResponse {
    pb::RecordActivityResponse { activity_record: recorded.record.into(), visits: recorded.visits }
}

pub(super) fn all_recorded(all: Vec<Recorded>) -> pb::RecordActivitiesResponse {
    pb::RecordActivitiesResponse { activities: all.into_iter().map(recorded).collect() }
}

pub(super) fn moved(moved: Moved) -> pb::RescheduleResponse {
    pb::RescheduleResponse { deviation: moved.deviation.map(String::from).unwrap_or_default() }
}

pub(super) fn schedule(schedule: &Schedule) -> pb::Schedule {
    pb::Schedule {
        trial: schedule.trial.to_string(),
        subject: schedule.subject.to_string(),
        phases: schedule.phases.iter().map(phase).collect(),
        visits: schedule.visits.iter().map(visit).collect(),
    }
}

fn phase(opened: &Opened) -> pb::OpenPhase {
    pb::OpenPhase {
        phase: opened.phase.to_string(),
        opening: opened.opening,
        from: opened.first_day.to_string(),
        until: written(opened.last_day),
    }
}

fn visit(shown: &Shown) -> pb::Visit {
    let visit = &shown.visit;
    let done_on = match visit.standing {
        Standing::Done { on, .. } => Some(on),
        _ => None,
    };
    let beyond = shown.beyond.then_some("the plan asks for it no more");
    let exact = match visit.window {
        Window::Moment { from, at, to } => {
            Some(pb::Exact { opens: Some(time(from)), target: Some(time(at)), closes: Some(time(to)) })
        }
        Window::Days { .. } => None,
    };
    pb::Visit {
        visit: shown.name.clone(),
        phase: shown.phase.clone(),
        activity: shown.activity.clone(),
        due: written(visit.due()),
        earliest: shown.days.0.to_string(),
        latest: written(shown.days.1),
        state: visit.standing.word().to_owned(),
        frozen: shown.frozen,
        optional: shown.firmness == Firmness::Optional,
        waivable: shown.firmness == Firmness::Waivable,
        done_on: written(done_on),
        reason: visit.standing.why().or(beyond).unwrap_or_default().to_owned(),
        history: visit.history.iter().map(change).collect(),
        exact,
    }
}

fn change(change: &Change) -> pb::VisitChange {
    pb::VisitChange {
        at: Some(time(change.hand.at)),
        by: change.hand.by.clone(),
        state: change.state.clone(),
        due: written(change.due),
        reason: change.why.clone(),
    }
}

/// Empty where there is no day.
fn written(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

pub(super) fn due(listed: &list_due::Listed) -> pb::ListDueResponse {
    let one = |due: &list_due::Due| pb::DueVisit {
        subject: due.subject.to_string(),
        visit: Some(visit(&due.shown)),
        overdue: due.overdue,
    };
    pb::ListDueResponse {
        visits: listed.visits.iter().map(one).collect(),
        next: listed.next.map(|next| next.to_string()).unwrap_or_default(),
    }
}

pub(super) fn activities(listed: &list_activities::Listed) -> pb::ListActivitiesResponse {
    pb::ListActivitiesResponse {
        activities: listed.performed.iter().map(events::done).collect(),
        next: listed.next.map(|next| next.to_string()).unwrap_or_default(),
    }
}

pub(super) fn counts(counts: Counts) -> pb::VisitCounts {
    let Counts { due, done, missed, waived, canceled, not_applicable } = counts;
    pb::VisitCounts { due, done, missed, waived, canceled, not_applicable }
}
