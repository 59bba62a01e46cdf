//! What follows from one subject's counts, derived anew and told where it changed: on each result, correction,
//! transfusion, dose and milestone, and when a day of assessment comes. Reads and writes this one subject alone.

use std::sync::Arc;

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Changed, Entry, Tx};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::derivation;
use crate::domain::identity::Whose;
use crate::domain::subject::Subject;
use crate::domain::watched::Watched;
use crate::events;
use crate::store::{self, Assessment, of};

/// A subject with what its derivation needs besides the counts.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub subject: Subject,
    pub zone: TimeZone,
    /// None while the subject's version of the file is not known here.
    pub watched: Option<Arc<Watched>>,
}

impl Scene {
    /// Reads it.
    pub(crate) async fn read(ctx: &Ctx, tx: &Tx, subject: Subject) -> Result<Self> {
        let zone = store::time_zone(tx, &subject.whose.trial, subject.site.as_deref()).await?;
        let watched = ctx.protocols.of_subject(tx, &subject).await?;
        Ok(Self { subject, zone, watched })
    }
}

/// Derives, notes in the course what is told, and answers it with the moment at which time alone changes something next.
pub(crate) fn derive(scene: &Scene, course: &mut Course, now: Timestamp) -> (Vec<Entry>, Option<Timestamp>) {
    let Some(watched) = &scene.watched else { return (vec![], None) };
    let derived = derivation::derive(watched, &scene.subject, course, &scene.zone, now);
    let (whose, due) = (course.whose.clone(), derived.due);
    let changes = derivation::tell(course, derived);
    (changes.iter().map(|change| events::derived(&whose, change)).collect(), due)
}

/// Derives one subject within a transaction of the caller's.
pub(crate) async fn rederive(ctx: &Ctx, tx: &mut Tx, whose: &Whose) -> Result<()> {
    let Some(subject) = tx.get::<Subject>(&of(whose)).await? else { return Ok(()) };
    let scene = Scene::read(ctx, tx, subject.value).await?;
    let (mut courses, mut assessments) = (Changed::<Course>::default(), Changed::<Assessment>::default());
    courses.take(tx.get::<Course>(&of(whose)).await?);
    assessments.take(tx.get::<Assessment>(&of(whose)).await?);
    let course = courses.entry(&of(whose), || Course::none(whose.clone()));
    let (entries, due) = derive(&scene, course, ctx.now());
    assessments.entry(&of(whose), || Assessment { whose: whose.clone(), due: None }).due = due;
    courses.write(tx).await?;
    assessments.write(tx).await?;
    for entry in entries {
        tx.append(entry);
    }
    Ok(())
}
