//! What the file's ladder says of a drug at the newest results, and why. Advice only: a person sets the level.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_protocol::eval::ladder::{Advice, last_result};
use holdpoint_protocol::eval::time::day_of;

use super::list_treatments::ShownDrug;
use crate::authority;
use crate::commands::set_drug_level::{counts, ladder};
use crate::ctx::Ctx;
use crate::domain::drug::{Drug, level_text};
use crate::domain::ids::{RegimenId, SubjectId, TrialId};
use crate::store::{self, drug_key};

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/AdviseDrugLevel";

/// Which drug of whom.
#[derive(Clone, Debug)]
pub struct AdviseDrugLevel {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The regimen with the ladder.
    pub regimen: RegimenId,
}

/// Advice as it is shown.
#[derive(Clone, Debug)]
pub struct ShownAdvice {
    /// "no change", "up", "down", "stop", "end", "resume"
    pub word: &'static str,
    /// The level that is advised, with its words.
    pub level: Option<(u32, String)>,
    /// Why.
    pub reason: String,
    /// The line of the ladder that decides, from 1.
    pub line: Option<usize>,
    /// The day of the newest result.
    pub newest_result: Option<String>,
    /// The drug as it stands.
    pub drug: ShownDrug,
}

/// Asks the ladder. Refused: no such drug of the subject's.
pub async fn run(ctx: &Ctx, actor: &Actor, query: AdviseDrugLevel) -> Result<ShownAdvice> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let subject = store::subject(&tx, &query.trial, &query.subject).await?;
    authority::require(&tx, actor, RPC, &query.trial, subject.site.as_deref()).await?;
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    let ladder = ladder(&protocol, &subject, &query.regimen)?;
    let chart = counts(&tx, &subject).await?;
    let today = day_of(tx.by().at, &chart.zone);
    let stored = tx.get::<Drug>(&drug_key(&query.trial, &query.subject, query.regimen.as_str())).await?;
    tx.rollback().await?;
    let drug = match stored {
        Some(stored) => stored.value,
        None => Drug::not_started(query.trial, query.subject, query.regimen),
    };
    let advised = drug.advice(ladder, &chart, today);
    let level = drug.state().map_or(0, |state| state.level);
    let (word, to) = match advised.advice {
        Advice::NoChange => ("no change", None),
        Advice::Step(to) if to > level => ("up", Some(to)),
        Advice::Step(to) => ("down", Some(to)),
        Advice::Stop => ("stop", None),
        Advice::End => ("end", None),
        Advice::Resume(to) => ("resume", Some(to)),
    };
    Ok(ShownAdvice {
        word,
        level: to.map(|to| (to, level_text(ladder, to))),
        reason: advised.reason,
        line: advised.line,
        newest_result: last_result(ladder, &chart, today).map(|day| day.to_string()),
        drug: ShownDrug::of(drug, Some(ladder)),
    })
}
