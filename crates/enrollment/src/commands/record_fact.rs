//! Records a fact that no laboratory sends: with value, unit, time and source. A trial procedure needs a consent of
//! an earlier or the same day (Protocol 6.2; facts.md R54).

use holdpoint_chassis::error::Result;
use jiff::Timestamp;

use super::rederive;
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::fact::{Reading, Recorded};
use crate::domain::ids::{FactId, SubjectId, TrialId};
use crate::{calendar, chart, events};

/// Which fact.
#[derive(Clone)]
pub struct RecordFact {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The fact.
    pub fact: FactId,
    /// Its value.
    pub reading: Reading,
    /// When it was read from the patient.
    pub taken_at: Timestamp,
    /// Where it was read.
    pub source: String,
    /// Done for the trial, or routine care.
    pub trial_procedure: bool,
}

/// Records it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RecordFact) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    subject.still_in_study()?;
    calendar::not_after("taken_at", cmd.taken_at, call.by.at)?;
    let zone = calendar::zone(&trial, &subject.site)?;
    if cmd.trial_procedure {
        subject.may_be_examined_for_the_trial(calendar::day(cmd.taken_at, &zone))?;
    }
    let protocol = ctx.protocol_of(&tx, &trial, subject.version()).await?;
    chart::declared(&protocol, &cmd.fact, &cmd.reading)?;
    let fact = Recorded {
        id: ctx.ids.next().to_string(),
        trial: cmd.trial,
        subject: cmd.subject,
        fact: cmd.fact,
        reading: cmd.reading,
        taken_at: cmd.taken_at,
        source: cmd.source,
        trial_procedure: cmd.trial_procedure,
        recorded_at: call.by.at,
    };
    tx.record_new(&fact, [events::fact_recorded(&fact)]).await?;
    rederive::run(ctx, &mut tx, &trial, &subject).await?;
    call.finish(tx, ()).await
}
