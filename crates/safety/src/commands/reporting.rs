//! Opens and closes the duties to report an adverse event. Unknown starts the clock; only a recorded assessment stops
//! it (protocols README, sentence 6).

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::{self, reports};

use super::alerting::{Tell, raise};
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::finding::Truth;
use crate::domain::obligation::{Obligation, ObligationState, Owed, owed};
use crate::events;
use crate::rules::Asked;
use crate::store::Trial;

/// Asks every report of the file about an adverse event. Answers the obligations that stand.
pub async fn owe(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    protocol: &Protocol,
    event: &AdverseEvent,
    asked: &Asked,
    assessment: bool,
) -> Result<Vec<String>> {
    let found = reports::obligations(protocol, &asked.occasion(), event.aware_at);
    let known: Vec<Stored<Obligation>> = trial.tx.find(&[("adverse_event", event.id.as_str())]).await?;
    let mut standing = vec![];
    for answer in &found {
        let truth = if answer.truth == eval::Truth::True { Truth::True } else { Truth::Unknown };
        let before = known.iter().find(|known| known.report == answer.report.as_str());
        if owed(before.map(|before| &before.value), truth, assessment) == Owed::Open {
            let opened = open(ctx, event, answer, before);
            trial.tell(events::obligation_opened(&opened));
            match before {
                Some(before) => trial.tx.update(before, opened.clone()).await?,
                None => trial.tx.insert(&opened).await?,
            };
            warn(ctx, trial, event, &opened).await?;
            standing.push(opened.id.to_string());
        } else if let Some(before) = before
            && matches!(before.state, ObligationState::Open { .. })
        {
            standing.push(before.id.to_string());
        }
    }
    let unasked =
        |known: &&Stored<Obligation>| !found.iter().any(|answer| known.report == answer.report.as_str());
    for before in known.iter().filter(unasked) {
        if owed(Some(&before.value), Truth::False, assessment) == Owed::Close {
            let closed = before.value.clone().close(trial.now());
            trial.tell(events::obligation_closed(&closed));
            trial.tx.update(before, closed).await?;
        } else if matches!(before.state, ObligationState::Open { .. }) {
            standing.push(before.id.to_string());
        }
    }
    Ok(standing)
}

fn open(
    ctx: &Ctx,
    event: &AdverseEvent,
    answer: &reports::Obligation,
    before: Option<&Stored<Obligation>>,
) -> Obligation {
    Obligation {
        id: before.map_or_else(|| ctx.id(), |before| before.id.clone()),
        trial: event.trial.clone(),
        adverse_event: event.id.clone(),
        report: answer.report.to_string(),
        to: answer.to.iter().map(ToString::to_string).collect(),
        since: event.aware_at,
        due: answer.due,
        state: ObligationState::Open { warned: false, overdue: false },
    }
}

async fn warn(ctx: &Ctx, trial: &mut Trial<'_>, event: &AdverseEvent, opened: &Obligation) -> Result<()> {
    let text = format!(
        "report {} of an adverse event of {} to {} by {}",
        opened.report,
        event.subject,
        opened.to.join(", "),
        opened.due
    );
    raise(ctx, trial, Tell::notice("obligation-opened", text).adverse_event(Some(&event.id))).await
}
