//! Tells safety what happened and records what it answered. Asked by the recorder's own call, and again by the
//! reconciler until safety answers: telling twice places one hold (semantics 9).

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::By;
use serde::{Deserialize, Serialize};

use super::flags;
use crate::call::chain;
use crate::ctx::Ctx;
use crate::domain::flag::About;
use crate::domain::ids::HoldId;
use crate::domain::milestone::Milestone;
use crate::domain::notice::{Happened, Notice, Told as Standing};
use crate::events;
use crate::gate::{Telling, Told, What};

/// What safety said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Holds that stand for it.
    pub holds: Vec<HoldId>,
    /// Recorded, NOT yet held.
    pub not_yet_held: bool,
}

/// Tells one notice, by its id. Where there is none, it is nothing that safety must hear of at once.
pub async fn run(ctx: &Ctx, by: &By, notice: &str) -> Result<Answered> {
    let Some(notice) = ctx.store.get::<Notice>(notice).await? else { return Ok(Answered::default()) };
    if let Standing::Held(holds) = &notice.told {
        return Ok(Answered { holds: holds.clone(), not_yet_held: false });
    }
    let telling = telling(ctx, &notice.value).await?;
    match ctx.gate.tell(telling).await {
        Told::Held(holds) => {
            answered(ctx, by, &notice, holds.clone()).await?;
            Ok(Answered { holds, not_yet_held: false })
        }
        Told::Silent(why) => {
            let (trial, subject) = (&notice.trial, &notice.subject);
            tracing::error!(%trial, %subject, notice = notice.id, why, "recorded, NOT yet held: safety is silent");
            if let Err(error) = show(ctx, by, &notice).await {
                tracing::warn!(%error, notice = notice.id, "the silence of safety is shown with the next telling");
            }
            Ok(Answered { holds: vec![], not_yet_held: true })
        }
    }
}

async fn telling(ctx: &Ctx, notice: &Notice) -> Result<Telling> {
    let what = match &notice.of {
        Happened::Milestone { milestone } => {
            let found = ctx.store.get::<Milestone>(milestone.as_str()).await?;
            let lost =
                || Error::fault(anyhow::anyhow!("the milestone of notice {} is not stored", notice.id));
            What::Milestone(found.ok_or_else(lost)?.value)
        }
        Happened::Discontinued { rule, axis, at } => {
            What::Rule { notice: notice.id.clone(), rule: rule.to_string(), axis: *axis, at: *at }
        }
    };
    Ok(Telling {
        request: ctx.ids.next().to_string(),
        trial: notice.trial.clone(),
        subject: notice.subject.clone(),
        what,
        within: ctx.config.tell_within(),
    })
}

/// Records the answer. A second teller that comes late changes nothing: the chain is locked before the notice is read,
/// so that two that come together do not race, and no recorder whose milestone is held hears of an error.
async fn answered(ctx: &Ctx, by: &By, notice: &Notice, holds: Vec<HoldId>) -> Result<()> {
    let by = By { request: None, ..by.clone() };
    let mut tx = ctx.store.begin(&by).await?;
    tx.lock(&chain(&notice.trial)).await?;
    let known = tx.get::<Notice>(&notice.id).await?;
    let Some(open) = known.filter(|notice| notice.is_open()) else { return tx.rollback().await };
    let what = serde_json::json!({ "notice": notice.id, "subject": open.subject, "holds": holds });
    let entry = events::audit(&open.trial, "holdpoint.enrollment.v1.audit.SafetyTold", what);
    let held = open.value.clone().answered(holds);
    tx.record(&open, held, [entry]).await?;
    let about = About::SafetySilent { notice: notice.id.clone() };
    flags::clear(&mut tx, &notice.trial, &notice.subject, &about).await?;
    tx.commit().await.map(drop)
}

/// Shows people that safety is silent, for as long as the notice is open. The reconciler, which tells again, shows it
/// again where this did not get through.
async fn show(ctx: &Ctx, by: &By, notice: &Notice) -> Result<()> {
    let by = By { request: None, ..by.clone() };
    let mut tx = ctx.store.begin(&by).await?;
    tx.lock(&chain(&notice.trial)).await?;
    let open = tx.get::<Notice>(&notice.id).await?.is_some_and(|notice| notice.is_open());
    if !open {
        return tx.rollback().await;
    }
    let about = About::SafetySilent { notice: notice.id.clone() };
    flags::raise(&mut tx, &notice.trial, &notice.subject, about).await?;
    tx.commit().await.map(drop)
}
