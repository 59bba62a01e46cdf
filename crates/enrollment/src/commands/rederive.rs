//! Asks the file's own events again after a subject's facts changed: an event that nobody signs becomes a milestone, is
//! corrected or withdrawn; one that waits for a signature is shown to people; and a signature whose ground a correction
//! took away is shown as that, and opens nothing while it is so (semantics 27, 28; Protocol 4.2 and facts.md R7).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::Chart;
use holdpoint_protocol::eval::events::{Derived, EventStanding};
use holdpoint_protocol::model::Event;
use jiff::civil::Date;

use super::flags;
use super::record_milestone::store;
use crate::ctx::Ctx;
use crate::domain::flag::About;
use crate::domain::ids::MilestoneId;
use crate::domain::milestone::{Milestone, Standing};
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::eligibility::{attested_events, find, stands_on_ground};
use crate::store::subject_key;
use crate::{calendar, chart, trial_file};

/// Asks every event that enrollment finds. Asked again without a change, it writes nothing.
pub async fn run(ctx: &Ctx, tx: &mut Tx, trial: &Trial, subject: &Subject) -> Result<()> {
    let protocol = ctx.protocol_of(tx, trial, subject.version()).await?;
    let asked: Vec<&Event> = trial_file::own_events(&protocol).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let zone = calendar::zone(trial, &subject.site)?;
    let today = calendar::day(tx.by().at, &zone);
    let key = subject_key(&subject.trial, &subject.id);
    let known = tx.find::<Milestone>(&[("subject", &key)]).await?;
    let chart = chart::with(tx, subject, zone, &known).await?;
    let attested = attested_events(tx, subject).await?;
    let asking = Asking { ctx, protocol: &protocol, subject, chart: &chart };
    for event in asked {
        let standing = known.iter().find(|record| record.event == event.id && record.stands());
        let on = |day: Date| find(&protocol, &event.id, &chart, &attested, day);
        if event.confirm.is_none() {
            asking.follow(tx, event, standing, on(today)).await?;
        } else {
            let ground = standing.map(|signature| on(calendar::day(signature.recorded_at, &chart.zone)));
            asking.signature(tx, event, standing.zip(ground), &on(today)).await?;
        }
    }
    Ok(())
}

struct Asking<'a> {
    ctx: &'a Ctx,
    protocol: &'a Protocol,
    subject: &'a Subject,
    chart: &'a Chart,
}

impl Asking<'_> {
    /// An event that counts as soon as the data show it.
    async fn follow(
        &self,
        tx: &mut Tx,
        event: &Event,
        standing: Option<&Stored<Milestone>>,
        found: Derived,
    ) -> Result<()> {
        let on = found.on.filter(|_| found.standing == EventStanding::Counts);
        match (standing, on) {
            (None, Some(on)) => self.record(tx, event, on, None).await.map(drop),
            (Some(known), Some(on)) if known.derived && known.date != on => {
                let by = self.record(tx, event, on, Some(known)).await?;
                tx.update(known, known.value.clone().replaced(&by, false)?).await.map(drop)
            }
            (Some(known), None) if known.derived => {
                let by = self.withdraw(tx, known).await?;
                tx.update(known, known.value.clone().replaced(&by, true)?).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn record(
        &self,
        tx: &mut Tx,
        event: &Event,
        date: Date,
        replaces: Option<&Stored<Milestone>>,
    ) -> Result<MilestoneId> {
        let milestone = Milestone {
            id: self.ctx.ids.next().into(),
            trial: self.subject.trial.clone(),
            subject: self.subject.id.clone(),
            event: event.id.clone(),
            date,
            at: None,
            confirmed_by: None,
            replaces: replaces.map(|known| known.id.clone()),
            standing: Standing::Stands,
            recorded_at: tx.by().at,
            derived: true,
            ground_lost: None,
        };
        self.store(tx, milestone).await
    }

    async fn withdraw(&self, tx: &mut Tx, known: &Stored<Milestone>) -> Result<MilestoneId> {
        let milestone = Milestone {
            id: self.ctx.ids.next().into(),
            replaces: Some(known.id.clone()),
            standing: Standing::Withdrawal,
            recorded_at: tx.by().at,
            ..known.value.clone()
        };
        self.store(tx, milestone).await
    }

    async fn store(&self, tx: &mut Tx, milestone: Milestone) -> Result<MilestoneId> {
        let told_at_once = trial_file::is_told_at_once(self.protocol, &milestone.event);
        store(tx, &milestone, told_at_once).await?;
        Ok(milestone.id)
    }

    /// An event that counts from its signature. The ground is what is recorded of the days up to the signing.
    async fn signature(
        &self,
        tx: &mut Tx,
        event: &Event,
        signed: Option<(&Stored<Milestone>, Derived)>,
        found: &Derived,
    ) -> Result<()> {
        let (trial, subject) = (&self.subject.trial, &self.subject.id);
        let shown = About::EventShown { event: event.id.clone() };
        let Some((signature, ground)) = signed else {
            let waits = found.standing == EventStanding::Proposed && self.chart.end_of_study.is_none();
            return if waits {
                flags::raise(tx, trial, subject, shown).await
            } else {
                flags::clear(tx, trial, subject, &shown).await
            };
        };
        flags::clear(tx, trial, subject, &shown).await?;
        let lost = About::GroundLost { milestone: signature.id.clone(), event: event.id.clone() };
        let at = tx.by().at;
        match (stands_on_ground(&ground), signature.ground_lost) {
            (false, None) => {
                let changed = Milestone { ground_lost: Some(at), ..signature.value.clone() };
                tx.update(signature, changed).await?;
                flags::raise(tx, trial, subject, lost).await
            }
            (true, Some(_)) => {
                let changed = Milestone { ground_lost: None, ..signature.value.clone() };
                tx.update(signature, changed).await?;
                flags::clear(tx, trial, subject, &lost).await
            }
            _ => Ok(()),
        }
    }
}
