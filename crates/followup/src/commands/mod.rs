//! One file each: its input, its refusals, its `run`. What several share stands here.

pub mod look;
pub mod mark_not_done;
pub mod perform;
pub mod record_activities;
pub mod record_activity;
pub mod record_deviation;
pub mod recording;
pub mod reschedule;
pub mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Aggregate as _, By, Stored, Tx};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::ids::ActivityId;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::course::{Course, Told};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::infusion;
use crate::domain::subject::Subject;
use crate::domain::visit::{Hand, Judge};
use crate::domain::{Refusal, plan};
use crate::error::not_found;
use crate::events;
use crate::store;

/// A subject with what its schedule is judged by.
pub struct Around {
    /// The subject.
    pub subject: Subject,
    /// The version of the file that it is on.
    pub file: Arc<Protocol>,
    /// The site's calendar.
    pub zone: TimeZone,
    /// The site's day of the act.
    pub today: Date,
    /// Who acts.
    pub hand: Hand,
}

impl Around {
    /// The surroundings of an act. A subject whose file is not known here is refused.
    pub async fn of(ctx: &Ctx, tx: &Tx, subject: Subject) -> Result<Self> {
        let file = ctx.protocols.of_subject(tx, &subject).await?;
        let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
        let today = infusion::day(tx.by().at, &zone);
        Ok(Self { subject, file, zone, today, hand: hand(tx.by()) })
    }

    /// The surroundings of many, by the ids of their subjects, read in one question for all. Of a subject whose file is
    /// not known here there are none.
    pub async fn of_all(ctx: &Ctx, tx: &Tx, subjects: Vec<Subject>) -> Result<BTreeMap<String, Self>> {
        let zones = store::time_zones(tx, &subjects).await?;
        let mut all = BTreeMap::new();
        for subject in subjects {
            let Some(file) = ctx.protocols.known_of_subject(tx, &subject).await? else { continue };
            let zone = store::site_of(&subject).and_then(|site| zones.get(&site)).cloned();
            let zone = zone.unwrap_or(TimeZone::UTC);
            let today = infusion::day(tx.by().at, &zone);
            all.insert(subject.id(), Self { subject, file, zone, today, hand: hand(tx.by()) });
        }
        Ok(all)
    }

    /// What visits are judged by on the day of the act.
    pub fn judge(&self) -> Judge<'_> {
        Judge { zone: &self.zone, today: self.today, entered: self.subject.entered(&self.zone) }
    }

    /// The course of an activity, judged and stored with what comes of it.
    pub async fn keep(
        &self,
        tx: &mut Tx,
        stored: Option<Stored<Course>>,
        mut course: Course,
    ) -> Result<Course> {
        let told = course.judge(&self.judge(), &self.hand);
        write(tx, stored, &course, &told).await?;
        Ok(course)
    }

    /// The course of an activity as it is stored, or an empty one.
    pub async fn course(&self, tx: &Tx, activity: &ActivityId) -> Result<(Option<Stored<Course>>, Course)> {
        let stored = store::course(tx, &self.subject, activity).await?;
        let subject = &self.subject;
        let empty = || Course::new(subject.trial.clone(), subject.id.clone(), activity.clone());
        let course = stored.as_ref().map_or_else(empty, |stored| stored.value.clone());
        Ok((stored, course))
    }
}

/// A person's act on a subject: the subject is known here, and the person may act for it.
pub(crate) async fn for_subject(
    ctx: &Ctx,
    tx: &Tx,
    actor: &Actor,
    rpc: &str,
    (trial, subject): (&TrialId, &SubjectId),
) -> Result<Around> {
    let subject = store::subject(tx, trial, subject).await?;
    authority::require(tx, actor, rpc, trial, subject.site.as_deref()).await?;
    Around::of(ctx, tx, subject.value).await
}

/// Who acts, as histories remember it.
pub(crate) fn hand(by: &By) -> Hand {
    Hand { at: by.at, by: by.principal.clone() }
}

/// Stores a course with what must be told of it.
pub(crate) async fn write(
    tx: &mut Tx,
    stored: Option<Stored<Course>>,
    course: &Course,
    told: &[Told],
) -> Result<()> {
    let entries = told.iter().map(|told| events::told(course, told));
    match stored {
        Some(stored) if stored.value == *course => {}
        Some(stored) => drop(tx.record(&stored, course.clone(), entries).await?),
        None => drop(tx.record_new(course, entries).await?),
    }
    Ok(())
}

/// The name of a visit taken apart: where it stands in the course of its activity.
pub(crate) struct Place {
    /// The activity.
    pub activity: ActivityId,
    /// The whole name.
    pub name: String,
}

impl Place {
    /// Reads `<phase>/<activity>/<number>`. An infusion is dosing's.
    pub fn of(subject: &Subject, name: &str) -> Result<Self> {
        if subject.infusions.values().any(|planned| infusion::name(planned) == name) {
            return Err(Refusal::Treatment { visit: name.to_owned() }.into());
        }
        let activity = name.split('/').nth(1).and_then(|activity| activity.parse().ok());
        let activity = activity.ok_or_else(|| not_found("visit", name))?;
        Ok(Self { activity, name: name.to_owned() })
    }

    /// The visit in its course, with its line.
    pub fn find(&self, course: &Course) -> Result<(usize, usize)> {
        let lines = course.series.iter().enumerate();
        let named = |series: &plan::Series| {
            series.visits.iter().position(|visit| series.name(&self.activity, visit.number) == self.name)
        };
        let mut found = lines.filter_map(|(line, series)| Some((line, named(series)?)));
        found.next().ok_or_else(|| not_found("visit", &self.name))
    }
}
