//! A person sets a drug with a ladder. Down and stop always; a step up or a resumption only as a line of the file's ladder
//! proposes it at the counts (Protocol 5.1; protocols README, sentences 18 to 21).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::Chart;
use holdpoint_protocol::eval::time::day_of;
use holdpoint_protocol::model::Ladder;
use jiff::civil::Date;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::concomitant::background;
use crate::domain::drug::{Change, Drug, Made, level_text};
use crate::domain::ids::{RegimenId, SubjectId, TrialId};
use crate::domain::reading::Reading;
use crate::domain::refusal::Refusal;
use crate::domain::subject::Subject;
use crate::events;
use crate::store::{self, drug_key};

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/SetDrugLevel";

/// What is set for whom.
#[derive(Clone, Debug)]
pub struct SetDrugLevel {
    /// The act, with its reason.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The regimen with the ladder.
    pub regimen: RegimenId,
    /// What.
    pub change: Change,
    /// From which day on, at the site.
    pub date: Date,
}

/// Sets it; answers the level in words. Refused: no such drug of the subject's, it does not stand so, no such level, a step
/// that no line proposes, a day before the last change or ahead.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: SetDrugLevel) -> Result<Done<String>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    // Two who set the same drug at once are served one after the other.
    tx.lock(&events::chain(&cmd.trial)).await?;
    let subject = store::subject(&tx, &cmd.trial, &cmd.subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    let ladder = ladder(&protocol, &subject, &cmd.regimen)?;
    let chart = counts(&tx, &subject).await?;
    let today = day_of(by.at, &chart.zone);
    let stored = tx.get::<Drug>(&drug_key(&cmd.trial, &cmd.subject, cmd.regimen.as_str())).await?;
    let drug = match &stored {
        Some(stored) => stored.value.clone(),
        None => Drug::not_started(cmd.trial, cmd.subject, cmd.regimen),
    };
    let advised = drug.judge(ladder, &chart, (cmd.change, cmd.date), today)?;
    let made = Made {
        change: cmd.change,
        date: cmd.date,
        reason: cmd.act.reason.unwrap_or_default(),
        advice: advised.reason,
        by: actor.principal.clone(),
        at: by.at,
    };
    let text = cmd.change.level().map(|level| level_text(ladder, level)).unwrap_or_default();
    let entry = events::drug_level_set(&drug, &made);
    let drug = drug.with(made);
    match stored {
        Some(stored) => drop(tx.record(&stored, drug, [entry]).await?),
        None => drop(tx.record_new(&drug, [entry]).await?),
    }
    applied(tx, text).await
}

/// The ladder of a drug that the subject may be given.
pub(crate) fn ladder<'a>(
    protocol: &'a Protocol,
    subject: &Subject,
    regimen: &RegimenId,
) -> std::result::Result<&'a Ladder, Refusal> {
    let with_ladder = background(protocol, subject);
    let with_ladder: Vec<_> = with_ladder.into_iter().filter(|own| own.ladder.is_some()).collect();
    let named = with_ladder.iter().find(|own| own.id.as_str() == regimen.as_str());
    named.and_then(|own| own.ladder.as_ref()).ok_or_else(|| {
        let allowed = with_ladder.iter().map(|own| own.id.as_str()).collect::<Vec<_>>().join(", ");
        Refusal::NoTreatment { field: "regimen", found: regimen.to_string(), allowed }
    })
}

/// The subject's chart with the results that were kept for ladders.
pub(crate) async fn counts(tx: &Tx, subject: &Subject) -> Result<Chart> {
    let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
    let mut chart = Chart::new(subject.id.to_string(), zone);
    for reading in store::of_subject::<Reading>(tx, &subject.trial, &subject.id).await? {
        reading.note(&mut chart);
    }
    Ok(chart)
}
