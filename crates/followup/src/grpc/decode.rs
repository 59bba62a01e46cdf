//! Requests as the wire brings them to commands: every field read, everything wrong told at once.

use holdpoint_api::common::v1::value::Of;
use holdpoint_api::followup::v1 as pb;
use holdpoint_chassis::error::Refused;
use holdpoint_chassis::fields::{Fields, LONGEST_ID, shown};
use holdpoint_journal::Act;
use jiff::Span;

use crate::commands::mark_not_done::{MarkNotDone, Said};
use crate::commands::record_activities::RecordActivities;
use crate::commands::record_activity::RecordActivity;
use crate::commands::record_deviation::RecordDeviation;
use crate::commands::recording::ActivityRecord;
use crate::commands::reschedule::Reschedule;
use crate::commands::{mark_not_done, record_activities, record_activity, record_deviation, reschedule};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::performed::{Given, Reading};
use crate::error::INVALID;
use crate::queries::list_activities::ListActivities;
use crate::queries::list_due::ListDue;

type Decoded<T> = Result<T, Refused>;

/// No day's work is longer.
const MOST_RECORDS: usize = 500;
/// No activity gives more facts.
const MOST_FACTS: usize = 100;
/// No calendar is asked for more days at once.
const MOST_DAYS: i64 = 400;

pub(super) fn record_activity(request: pb::RecordActivityRequest) -> Decoded<RecordActivity> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::read(&mut fields, request.act.as_ref(), record_activity::RPC, &request);
    if request.withdraw && request.replaces.is_empty() {
        fields.wrong("replaces", None, "the record that is withdrawn");
    }
    let pb::RecordActivityRequest { trial, subject, activity, date, facts, replaces, withdraw, at, .. } =
        request;
    let done = pb::ActivityRecord { subject, activity, date, facts, at };
    let trial = fields.id("trial", trial);
    let done = record(&mut fields, "", done);
    let replaces = fields.optional_id("replaces", replaces);
    fields.finish(RecordActivity { act, trial, record: ActivityRecord { replaces, withdraw, ..done } })
}

pub(super) fn record_activities(request: pb::RecordActivitiesRequest) -> Decoded<RecordActivities> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::read(&mut fields, request.act.as_ref(), record_activities::RPC, &request);
    let trial = fields.id("trial", request.trial);
    let found = request.activities.len();
    if !(1..=MOST_RECORDS).contains(&found) {
        fields.wrong("activities", Some(found.to_string()), "1 to 500");
    }
    let placed = request.activities.into_iter().take(MOST_RECORDS).enumerate();
    let records =
        placed.map(|(place, one)| record(&mut fields, &format!("activities[{place}]."), one)).collect();
    fields.finish(RecordActivities { act, trial, records })
}

/// One activity that was done; `at` is the path of the message in the request, with its dot.
fn record(fields: &mut Fields, at: &str, record: pb::ActivityRecord) -> ActivityRecord {
    let field = |name: &str| format!("{at}{name}");
    ActivityRecord {
        subject: fields.id(&field("subject"), record.subject),
        activity: fields.id(&field("activity"), record.activity),
        date: fields.date(&field("date"), &record.date),
        at: record.at.map(|at| fields.time(&field("at"), Some(at))),
        facts: facts(fields, &field("facts"), record.facts),
        replaces: None,
        withdraw: false,
    }
}

fn facts(fields: &mut Fields, at: &str, facts: Vec<pb::ActivityFact>) -> Vec<Given> {
    if facts.len() > MOST_FACTS {
        fields.wrong(at, Some(facts.len().to_string()), "at most 100");
    }
    let mut read = vec![];
    for fact in facts {
        let name: String = fields.id(&format!("{at}.fact"), fact.fact);
        let field = format!("{at}[{name}]");
        let value = fact.value.unwrap_or_default();
        let reading = match value.of {
            Some(Of::Number(text)) => {
                Reading::Number { number: fields.decimal(&field, &text), unit: value.unit }
            }
            Some(Of::Yes(yes)) => Reading::Yes(yes),
            Some(Of::Word(word)) => Reading::Word(fields.id(&field, word)),
            Some(Of::Words(words)) => {
                Reading::Words(words.word.into_iter().map(|word| fields.id(&field, word)).collect())
            }
            Some(Of::Date(_)) | None => {
                fields.wrong(&field, None, "a number with its unit, yes or no, or words");
                continue;
            }
        };
        let taken_at = fields.time(&format!("{field}.taken_at"), fact.taken_at);
        read.push(Given { fact: name, reading, taken_at });
    }
    read
}

pub(super) fn mark_not_done(request: pb::MarkNotDoneRequest) -> Decoded<MarkNotDone> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::reasoned(&mut fields, request.act.as_ref(), mark_not_done::RPC, &request);
    let said = match request.state.as_str() {
        "missed" => Said::Missed,
        "not-applicable" => Said::NotApplicable,
        "waived" => Said::Waived,
        other => {
            let found = Some(other.chars().take(32).collect());
            fields.wrong("state", found, "missed, not-applicable or waived");
            Said::Missed
        }
    };
    let command = MarkNotDone {
        act,
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        visit: visit(&mut fields, "visit", request.visit),
        said,
    };
    fields.finish(command)
}

pub(super) fn reschedule(request: pb::RescheduleRequest) -> Decoded<Reschedule> {
    let mut fields = Fields::of(&INVALID);
    let command = Reschedule {
        act: Act::reasoned(&mut fields, request.act.as_ref(), reschedule::RPC, &request),
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        visit: visit(&mut fields, "visit", request.visit),
        date: fields.date("date", &request.date),
    };
    fields.finish(command)
}

pub(super) fn record_deviation(request: pb::RecordDeviationRequest) -> Decoded<RecordDeviation> {
    let mut fields = Fields::of(&INVALID);
    let command = RecordDeviation {
        act: Act::read(&mut fields, request.act.as_ref(), record_deviation::RPC, &request),
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        text: fields.text("text", request.text),
    };
    fields.finish(command)
}

pub(super) fn get_schedule(request: pb::GetScheduleRequest) -> Decoded<(TrialId, SubjectId)> {
    let mut fields = Fields::of(&INVALID);
    let query = (fields.id("trial", request.trial), fields.id("subject", request.subject));
    fields.finish(query)
}

pub(super) fn count_visits(request: pb::CountVisitsRequest) -> Decoded<TrialId> {
    let mut fields = Fields::of(&INVALID);
    let trial = fields.id("trial", request.trial);
    fields.finish(trial)
}

pub(super) fn list_due(request: pb::ListDueRequest) -> Decoded<ListDue> {
    let mut fields = Fields::of(&INVALID);
    let (from, until) = (fields.date("from", &request.from), fields.date("until", &request.until));
    let most = from.checked_add(Span::new().days(MOST_DAYS)).unwrap_or(from);
    if until < from || until > most {
        fields.wrong("until", Some(until.to_string()), "from `from` to 400 days later");
    }
    let (after, size) = fields.page(request.page);
    let query = ListDue {
        trial: fields.id("trial", request.trial),
        from,
        until,
        overdue_only: request.overdue_only,
        after,
        size: usize::try_from(size).unwrap_or(usize::MAX),
    };
    fields.finish(query)
}

pub(super) fn list_activities(request: pb::ListActivitiesRequest) -> Decoded<ListActivities> {
    let mut fields = Fields::of(&INVALID);
    let (after, size) = fields.page(request.page);
    let query = ListActivities {
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        after,
        size,
    };
    fields.finish(query)
}

/// The name of a visit: three ids with `/` between.
fn visit(fields: &mut Fields, field: &str, text: String) -> String {
    let parts: Vec<&str> = text.split('/').collect();
    let fits = |part: &&str| !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control());
    if parts.len() != 3 || !parts.iter().all(fits) || text.chars().count() > 3 * LONGEST_ID {
        fields.wrong(field, shown(&text), "<phase>/<activity>/<number>");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_named_by_phase_activity_and_number() {
        let refused = |name: &str| {
            let mut fields = Fields::of(&INVALID);
            visit(&mut fields, "visit", name.to_owned());
            fields.finish(()).is_err()
        };
        assert!(!refused("pgf/cbc/7"));
        for name in ["", "pgf/cbc", "pgf//7", "pgf/c bc/7", "pgf/cbc/7/8"] {
            assert!(refused(name), "{name:?}");
        }
    }
}
