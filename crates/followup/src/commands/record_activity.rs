//! A person records that an activity was done, with its facts outside the laboratory; or corrects or withdraws such a
//! record. It satisfies every line that asks for the activity on that day (semantics 33).

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::ids::ActivityId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Around, for_subject, perform};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::course::Course;
use crate::domain::ids::{RecordId, SubjectId, TrialId};
use crate::domain::infusion::day;
use crate::domain::performed::{Given, Performed, Source};
use crate::domain::visit::Standing;
use crate::domain::{Refusal, yields};
use crate::error::not_found;
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/RecordActivity";

/// What was done, or what is taken back.
#[derive(Clone, Debug)]
pub struct RecordActivity {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The activity of the dictionary.
    pub activity: String,
    /// The site's day.
    pub date: Date,
    /// The moment, where it is known.
    pub at: Option<Timestamp>,
    /// Facts that the laboratory does not send.
    pub facts: Vec<Given>,
    /// The record that this one corrects or withdraws.
    pub replaces: Option<RecordId>,
    /// The replaced record was not so, and nothing takes its place.
    pub withdraw: bool,
}

/// The record, and the visits that it satisfied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its id.
    pub record: RecordId,
    /// Names of the visits.
    pub visits: Vec<String>,
}

/// Records. Refused: an unknown activity, a day ahead, a fact that is not a person's to record, a record of another
/// subject, activity or source, one that was replaced before.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: RecordActivity) -> Result<Done<Recorded>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let around = for_subject(ctx, &tx, actor, RPC, (&cmd.trial, &cmd.subject)).await?;
    let activity = activity(&around, &cmd)?;
    let performed = Performed {
        id: ctx.ids.next().to_string().into(),
        trial: cmd.trial,
        subject: cmd.subject,
        activity,
        date: cmd.date,
        at: cmd.at,
        source: Source::Person(actor.principal.clone()),
        facts: cmd.facts,
        replaces: cmd.replaces,
        withdrawal: cmd.withdraw,
        gone: false,
    };
    let (stored, mut course) = around.course(&tx, &performed.activity).await?;
    if let Some(replaced) = &performed.replaces {
        replace(&mut tx, &around, &mut course, replaced).await?;
    }
    if performed.stands() {
        course.perform(&performed.id, performed.stamps(&around.zone));
    }
    tx.record_new(&performed, [events::activity_done(&performed)]).await?;
    let course = around.keep(&mut tx, stored, course).await?;
    let visits = satisfied(&course, &performed.id);
    applied(tx, Recorded { record: performed.id, visits }).await
}

/// Refuses what can not be recorded.
fn activity(around: &Around, cmd: &RecordActivity) -> Result<ActivityId> {
    let unknown = || Refusal::UnknownActivity { activity: cmd.activity.clone() };
    let id: ActivityId = cmd.activity.parse().map_err(|_| unknown())?;
    if !around.file.activities.contains_key(&id) {
        return Err(unknown().into());
    }
    if cmd.date > around.today {
        return Err(Refusal::Ahead { field: "date", found: cmd.date, today: around.today }.into());
    }
    let facts = cmd.facts.iter().map(|given| (format!("facts.{}.taken_at", given.fact), given.taken_at));
    for (field, found) in cmd.at.map(|at| ("at".to_owned(), at)).into_iter().chain(facts) {
        if day(found, &around.zone) != cmd.date {
            return Err(Refusal::OtherDay { field, found, date: cmd.date }.into());
        }
    }
    for given in &cmd.facts {
        yields::check(&around.file, &given.fact, &given.reading)?;
    }
    Ok(id)
}

/// The record that is corrected or withdrawn stands no more.
async fn replace(tx: &mut Tx, around: &Around, course: &mut Course, replaced: &RecordId) -> Result<()> {
    let found = tx.get::<Performed>(replaced.as_str()).await?;
    let known: Stored<Performed> = found.ok_or_else(|| not_found("record", replaced.as_str()))?;
    let record = || replaced.clone();
    let of = (&known.trial, &known.subject, &known.activity);
    if of != (&course.trial, &course.subject, &course.activity) {
        return Err(Refusal::OtherRecord { record: record() }.into());
    }
    if !matches!(known.source, Source::Person(_)) {
        return Err(Refusal::NotAPersons { record: record() }.into());
    }
    if !known.stands() {
        return Err(Refusal::Replaced { record: record() }.into());
    }
    course.take_back(replaced);
    perform::forget(tx, around, course, replaced).await?;
    let next = Performed { gone: true, ..known.value.clone() };
    tx.record(&known, next, []).await?;
    Ok(())
}

/// Names of the visits that a record did.
fn satisfied(course: &Course, record: &RecordId) -> Vec<String> {
    let mut names = BTreeSet::new();
    for series in &course.series {
        let done = series
            .visits
            .iter()
            .filter(|visit| matches!(&visit.standing, Standing::Done { record: by, .. } if by == record));
        names.extend(done.map(|visit| series.name(&course.activity, visit.number)));
    }
    names.into_iter().collect()
}
