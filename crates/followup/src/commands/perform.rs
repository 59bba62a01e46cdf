//! What results and facts do by themselves: the activities that yield them, on the day they were taken. A correction or
//! withdrawal takes back what nothing stands for any more. All findings of a transaction's event, whoever's, are read for,
//! judged and written together.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate as _, Changed, Entry, Tx};
use holdpoint_protocol::eval::Stamp;
use holdpoint_protocol::ids::ActivityId;
use jiff::Timestamp;

use super::Around;
use crate::ctx::Ctx;
use crate::domain::course::{Course, Dropped};
use crate::domain::ids::RecordId;
use crate::domain::infusion;
use crate::domain::performed::{Finding, Performed, Source};
use crate::domain::yields;
use crate::events;
use crate::store::{course_key, moment_key};

/// Takes findings in, subject by subject and activity by activity.
pub async fn findings(ctx: &Ctx, tx: &mut Tx, found: &[(&Around, Vec<Finding>)]) -> Result<()> {
    let mut all = Vec::new();
    for (around, findings) in found {
        let mut by_activity: BTreeMap<&ActivityId, Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            let yielded = yields::done_by(&around.file, &finding.fact);
            for activity in yielded.filter(|id| is_scheduled(around, id)) {
                by_activity.entry(activity).or_default().push(finding);
            }
        }
        all.extend(by_activity.into_iter().map(|(activity, findings)| Shown { around, activity, findings }));
    }
    let mut work = Work::read(ctx, tx, &all).await?;
    for shown in &all {
        work.take(tx, shown).await?;
    }
    work.write(tx).await
}

/// Whether the file asks for the activity in any phase.
fn is_scheduled(around: &Around, activity: &ActivityId) -> bool {
    around.file.phases.values().any(|phase| phase.activities.contains(activity))
}

/// Findings that show that a subject had an activity done.
struct Shown<'a> {
    around: &'a Around,
    activity: &'a ActivityId,
    findings: Vec<&'a Finding>,
}

impl Shown<'_> {
    /// The id of the activity's course.
    fn course(&self) -> String {
        course_key(&self.around.subject.trial, &self.around.subject.id, self.activity)
    }

    /// Where the record of one moment is found.
    fn moment(&self, at: Timestamp) -> String {
        moment_key(&self.around.subject.trial, &self.around.subject.id, self.activity, at)
    }

    fn is_of(&self, known: &Performed) -> bool {
        let subject = &self.around.subject;
        (&known.trial, &known.subject, &known.activity) == (&subject.trial, &subject.id, self.activity)
    }

    /// The moments at which values stand, with the findings of each.
    fn moments(&self) -> BTreeMap<Timestamp, BTreeSet<String>> {
        let mut moments: BTreeMap<Timestamp, BTreeSet<String>> = BTreeMap::new();
        for finding in self.findings.iter().filter(|finding| !finding.void) {
            moments.entry(finding.taken_at).or_default().insert(finding.id.clone());
        }
        moments
    }

    /// Later words about what was told before.
    fn corrections(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().copied().filter(|finding| finding.version > 1)
    }
}

/// What findings change, in memory.
struct Work<'a> {
    ctx: &'a Ctx,
    courses: Changed<Course>,
    performed: Changed<Performed>,
    entries: Vec<Entry>,
}

impl<'a> Work<'a> {
    /// Reads the courses, the records of the findings' moments, and of a course with corrections every record.
    async fn read(ctx: &'a Ctx, tx: &Tx, all: &[Shown<'_>]) -> Result<Self> {
        let (mut courses, mut performed) = (Changed::default(), Changed::default());
        let ids: Vec<String> = all.iter().map(Shown::course).collect();
        courses.take(tx.get_all::<Course>(&ids).await?.into_values());
        let moments =
            all.iter().flat_map(|shown| shown.moments().into_keys().map(move |at| shown.moment(at)));
        performed.take(tx.find_among::<Performed>("moment", &moments.collect::<Vec<_>>()).await?);
        let corrected = all.iter().filter(|shown| shown.corrections().next().is_some()).map(Shown::course);
        performed.take(tx.find_among::<Performed>("course", &corrected.collect::<Vec<_>>()).await?);
        Ok(Self { ctx, courses, performed, entries: vec![] })
    }

    async fn take(&mut self, tx: &mut Tx, shown: &Shown<'_>) -> Result<()> {
        let mut gone = vec![];
        for finding in shown.corrections() {
            gone.extend(self.take_out(shown, finding));
        }
        for record in &gone {
            forget(tx, shown.around, &shown.course(), record).await?;
        }
        let mut done = vec![];
        for (at, ids) in shown.moments() {
            done.extend(self.put_in(shown, at, ids));
        }
        if gone.is_empty() && done.is_empty() {
            return Ok(());
        }
        let around = shown.around;
        let (trial, subject) = (&around.subject.trial, &around.subject.id);
        let empty = || Course::new(trial.clone(), subject.clone(), shown.activity.clone());
        let course = self.courses.entry(&shown.course(), empty);
        for record in &gone {
            course.take_back(record);
        }
        for (record, at) in &done {
            course.perform(record, [Stamp::Instant(*at)]);
        }
        let told = course.judge(&around.judge(), &around.hand);
        self.entries.extend(told.iter().map(|told| events::told(course, told)));
        Ok(())
    }

    /// Findings of one moment stand for one performed activity: those that come later join it. Answers what is performed
    /// by them first.
    fn put_in(
        &mut self,
        shown: &Shown<'_>,
        at: Timestamp,
        ids: BTreeSet<String>,
    ) -> Option<(RecordId, Timestamp)> {
        if let Some(id) = self.done_at(shown, at) {
            if let Some(known) = self.performed.get_mut(id.as_str())
                && let Source::Findings(standing) = &mut known.source
            {
                standing.extend(ids);
            }
            return None;
        }
        let subject = &shown.around.subject;
        let performed = Performed {
            id: self.ctx.ids.next().to_string().into(),
            trial: subject.trial.clone(),
            subject: subject.id.clone(),
            activity: shown.activity.clone(),
            date: infusion::day(at, &shown.around.zone),
            at: Some(at),
            source: Source::Findings(ids),
            facts: vec![],
            replaces: None,
            withdrawal: false,
            gone: false,
        };
        let id = performed.id.clone();
        self.tell(performed);
        Some((id, at))
    }

    /// The record for which findings of a moment stand.
    fn done_at(&self, shown: &Shown<'_>, at: Timestamp) -> Option<RecordId> {
        let standing = self.performed.values().filter(|known| shown.is_of(known) && known.stands());
        let mut found = standing.filter(|known| matches!(known.source, Source::Findings(_)));
        found.find(|known| known.at == Some(at)).map(|known| known.id.clone())
    }

    /// An earlier version of the finding stands for nothing any more. Answers the records that nothing stands for.
    fn take_out(&mut self, shown: &Shown<'_>, finding: &Finding) -> Vec<RecordId> {
        let of_course = self.performed.values().filter(|known| shown.is_of(known));
        let ids: Vec<RecordId> = of_course.map(|known| known.id.clone()).collect();
        let mut gone = vec![];
        for id in ids {
            let Some(known) = self.performed.get_mut(id.as_str()) else { continue };
            let Source::Findings(standing) = &mut known.source else { continue };
            let stays = !finding.void && known.at == Some(finding.taken_at);
            if stays || !standing.remove(&finding.id) || !standing.is_empty() {
                continue;
            }
            known.gone = true;
            gone.push(known.clone());
        }
        let records = gone.iter().map(|gone| gone.id.clone()).collect();
        for gone in gone {
            self.withdraw(gone);
        }
        records
    }

    /// Tells that a record does not stand, by a record that withdraws it.
    fn withdraw(&mut self, known: Performed) {
        self.tell(Performed {
            id: self.ctx.ids.next().to_string().into(),
            replaces: Some(known.id.clone()),
            source: Source::Findings(BTreeSet::new()),
            withdrawal: true,
            gone: false,
            ..known
        });
    }

    fn tell(&mut self, performed: Performed) {
        self.entries.push(events::activity_done(&performed));
        let id = performed.id();
        self.performed.entry(&id, || performed);
    }

    async fn write(self, tx: &mut Tx) -> Result<()> {
        self.courses.write(tx).await?;
        self.performed.write(tx).await?;
        for entry in self.entries {
            tx.append(entry);
        }
        Ok(())
    }
}

/// What a record that stands no more did for visits of earlier plans was not done.
pub async fn forget(tx: &mut Tx, around: &Around, course: &str, record: &RecordId) -> Result<()> {
    let Some(kept) = tx.get::<Dropped>(course).await? else { return Ok(()) };
    let mut dropped = kept.value.clone();
    if dropped.take_back(record, &around.hand) {
        tx.record(&kept, dropped, []).await?;
    }
    Ok(())
}
