//! What records of activities do, one or many in one commit: who may record, what can be recorded, and which visits it
//! satisfies. All that they meet is read in a few questions and written in a few, however many records there are.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Aggregate as _, Changed, Entry, Stored, Tx};
use holdpoint_protocol::ids::ActivityId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Around, perform};
use crate::authority;
use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::ids::{RecordId, SubjectId, TrialId};
use crate::domain::infusion::day;
use crate::domain::performed::{Given, Performed, Source};
use crate::domain::subject::Subject;
use crate::domain::visit::Standing;
use crate::domain::{Refusal, yields};
use crate::error::not_found;
use crate::events;
use crate::protocols;
use crate::store::{course_key, within};

/// An activity as a person records it.
#[derive(Clone, Debug)]
pub struct ActivityRecord {
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

/// The records of one commit, judged in memory one upon the other.
pub(super) struct Recording<'a> {
    ctx: &'a Ctx,
    tx: Tx,
    by: (&'a Actor, &'static str),
    trial: TrialId,
    subjects: BTreeMap<String, Stored<Subject>>,
    around: BTreeMap<String, Around>,
    /// Sites for which the person may record.
    allowed: BTreeSet<Option<String>>,
    courses: Changed<Course>,
    performed: Vec<Performed>,
    entries: Vec<Entry>,
}

impl<'a> Recording<'a> {
    /// Reads what the records will meet. `by` is who records, and by which rpc.
    pub async fn begin(
        ctx: &'a Ctx,
        tx: Tx,
        by: (&'a Actor, &'static str),
        trial: TrialId,
        records: &[ActivityRecord],
    ) -> Result<Self> {
        let named: BTreeSet<String> =
            records.iter().map(|record| within(&trial, record.subject.as_str())).collect();
        let subjects = tx.get_all::<Subject>(&named.into_iter().collect::<Vec<_>>()).await?;
        let known = subjects.values().map(|subject| subject.value.clone()).collect();
        let around = Around::of_all(ctx, &tx, known).await?;
        let course = |record: &ActivityRecord| {
            Some(course_key(&trial, &record.subject, &record.activity.parse().ok()?))
        };
        let keys: BTreeSet<String> = records.iter().filter_map(course).collect();
        let mut courses = Changed::default();
        let read = tx.get_all::<Course>(&keys.into_iter().collect::<Vec<_>>()).await?;
        courses.take(read.into_values());
        let (allowed, performed, entries) = (BTreeSet::new(), vec![], vec![]);
        Ok(Self { ctx, tx, by, trial, subjects, around, allowed, courses, performed, entries })
    }

    /// Judges one record upon those before it.
    pub async fn take(&mut self, record: ActivityRecord) -> Result<Recorded> {
        let key = self.admit(&record.subject).await?;
        let around = self.around.get(&key).ok_or_else(|| not_found("subject", record.subject.as_str()))?;
        let performed = Performed {
            activity: activity(around, &record)?,
            id: self.ctx.ids.next().to_string().into(),
            trial: self.trial.clone(),
            subject: record.subject,
            date: record.date,
            at: record.at,
            source: Source::Person(self.by.0.principal.clone()),
            facts: record.facts,
            replaces: record.replaces,
            withdrawal: record.withdraw,
            gone: false,
        };
        let (trial, subject, activity) = (&performed.trial, &performed.subject, &performed.activity);
        let empty = || Course::new(trial.clone(), subject.clone(), activity.clone());
        let course = self.courses.entry(&course_key(trial, subject, activity), empty);
        if let Some(replaced) = &performed.replaces {
            replace(&mut self.tx, around, course, replaced).await?;
        }
        if performed.stands() {
            course.perform(&performed.id, performed.stamps(&around.zone));
        }
        let told = course.judge(&around.judge(), &around.hand);
        self.entries.push(events::activity_done(&performed));
        self.entries.extend(told.iter().map(|told| events::told(course, told)));
        let recorded = Recorded { record: performed.id.clone(), visits: satisfied(course, &performed.id) };
        self.performed.push(performed);
        Ok(recorded)
    }

    /// Writes what the records changed, into the transaction that the caller commits.
    pub async fn write(self) -> Result<Tx> {
        let Self { mut tx, courses, performed, entries, .. } = self;
        courses.write(&mut tx).await?;
        tx.insert_all(&performed).await?;
        for entry in entries {
            tx.append(entry);
        }
        Ok(tx)
    }

    /// The id under which the subject is stored. Refused where it is not known here, where the person may not record for
    /// it, and where its file is not known.
    async fn admit(&mut self, subject: &SubjectId) -> Result<String> {
        let key = within(&self.trial, subject.as_str());
        let known = self.subjects.get(&key).ok_or_else(|| not_found("subject", subject.as_str()))?;
        if !self.allowed.contains(&known.site) {
            let (actor, rpc) = self.by;
            authority::require(&self.tx, actor, rpc, &self.trial, known.site.as_deref()).await?;
            self.allowed.insert(known.site.clone());
        }
        if self.around.contains_key(&key) { Ok(key) } else { Err(protocols::unknown(known)) }
    }
}

/// Refuses what can not be recorded.
fn activity(around: &Around, record: &ActivityRecord) -> Result<ActivityId> {
    let unknown = || Refusal::UnknownActivity { activity: record.activity.clone() };
    let id: ActivityId = record.activity.parse().map_err(|_| unknown())?;
    if !around.file.activities.contains_key(&id) {
        return Err(unknown().into());
    }
    if record.date > around.today {
        return Err(Refusal::Ahead { field: "date", found: record.date, today: around.today }.into());
    }
    let facts = record.facts.iter().map(|given| (format!("facts[{}].taken_at", given.fact), given.taken_at));
    for (field, found) in record.at.map(|at| ("at".to_owned(), at)).into_iter().chain(facts) {
        if day(found, &around.zone) != record.date {
            return Err(Refusal::OtherDay { field, found, date: record.date }.into());
        }
    }
    for given in &record.facts {
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
    perform::forget(tx, around, &course.id(), replaced).await?;
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
