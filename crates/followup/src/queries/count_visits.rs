//! Scheduled activities of a whole trial by what became of them, treatment visits among them. What an earlier plan asked
//! for and the plan asks for no more counts as canceled, unless it was done: then it is a record, and no visit.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::civil::Date;

use super::{Shown, judged, subjects, treatment};
use crate::authority;
use crate::ctx::Ctx;
use crate::domain::course::{Course, Dropped};
use crate::domain::ids::TrialId;
use crate::domain::visit::Standing;
use crate::store::{self, within};

/// The rpc.
pub const RPC: &str = "/holdpoint.followup.v1.Followup/CountVisits";

/// How many visits stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that fell due and were neither waived, canceled nor not applicable.
    pub due: u64,
    /// Done.
    pub done: u64,
    /// Missed.
    pub missed: u64,
    /// Waived.
    pub waived: u64,
    /// Canceled.
    pub canceled: u64,
    /// Not applicable.
    pub not_applicable: u64,
}

impl Counts {
    fn add(&mut self, standing: &Standing, fell_due: bool) {
        let count = match standing {
            Standing::Scheduled => return self.due += u64::from(fell_due),
            Standing::Done { .. } => &mut self.done,
            Standing::Missed { .. } => &mut self.missed,
            Standing::Waived { .. } => &mut self.waived,
            Standing::Canceled { .. } => &mut self.canceled,
            Standing::NotApplicable { .. } => &mut self.not_applicable,
        };
        *count += 1;
        self.due += u64::from(matches!(standing, Standing::Done { .. } | Standing::Missed { .. }));
    }
}

/// Counts.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId) -> Result<Counts> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let role = authority::require(&tx, actor, RPC, &trial, None).await?;
    let holds = store::standing_holds(&tx, &trial).await?;
    let mut counts = Counts::default();
    let subjects = subjects(ctx, &tx, &trial).await?;
    for around in subjects.values() {
        count(&mut counts, &treatment(around, &holds, role), around.today);
    }
    tx.rollback().await?;
    for course in ctx.store.find::<Course>(&[("trial", trial.as_str())]).await? {
        let Some(around) = subjects.get(&within(&trial, course.subject.as_str())) else { continue };
        count(&mut counts, &judged(course.value, around), around.today);
    }
    for dropped in ctx.store.find::<Dropped>(&[("trial", trial.as_str())]).await? {
        let visits = dropped.series.iter().flat_map(|series| &series.visits);
        let canceled = visits.filter(|visit| matches!(visit.standing, Standing::Canceled { .. }));
        counts.canceled += u64::try_from(canceled.count()).unwrap_or(u64::MAX);
    }
    Ok(counts)
}

fn count(counts: &mut Counts, visits: &[Shown], today: Date) {
    for shown in visits {
        let fell_due = !shown.frozen && shown.visit.due().is_some_and(|due| due <= today);
        counts.add(&shown.visit.standing, fell_due);
    }
}
