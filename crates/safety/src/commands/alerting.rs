//! Raises alerts. Each trial numbers its own, in the order of their commits, within the chain that the transaction has
//! locked already: a stream which goes on after a number misses none, and no alert waits for another trial's.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Chain, Stored, Tx};

use super::going_back::spoken_of;
use crate::ctx::Ctx;
use crate::domain::alert::{Alert, AlertState, Severity};
use crate::domain::ids::{AdverseEventId, AlertId, HoldId};
use crate::events;
use crate::store::{AlertSequence, ProtocolRow, Trial};

/// What an alert tells.
#[derive(Debug, Clone)]
pub struct Tell {
    /// How loud.
    pub severity: Severity,
    /// A word for programs.
    pub kind: &'static str,
    /// A sentence for people; no personal data.
    pub text: String,
    /// The hold it tells of.
    pub hold: Option<HoldId>,
    /// The adverse event it tells of.
    pub adverse_event: Option<AdverseEventId>,
}

impl Tell {
    /// Somebody must act at once.
    pub fn critical(kind: &'static str, text: impl Into<String>) -> Self {
        Self { severity: Severity::Critical, kind, text: text.into(), hold: None, adverse_event: None }
    }

    /// Somebody should know.
    pub fn notice(kind: &'static str, text: impl Into<String>) -> Self {
        Self { severity: Severity::Notice, ..Self::critical(kind, text) }
    }

    /// Of this hold.
    pub fn hold(self, hold: &HoldId) -> Self {
        Self { hold: Some(hold.clone()), ..self }
    }

    /// Of this adverse event.
    pub fn adverse_event(self, event: Option<&AdverseEventId>) -> Self {
        Self { adverse_event: event.cloned(), ..self }
    }
}

/// Raises one alert in the trial's transaction.
pub async fn raise(ctx: &Ctx, trial: &mut Trial<'_>, tell: Tell) -> Result<()> {
    put(ctx, trial, tell.kind.to_owned(), tell, None).await
}

/// A row of a peer's journal that a service could not apply.
#[derive(Debug, Clone, Copy)]
pub struct Parked<'a> {
    /// Who could not.
    pub by: &'a str,
    /// The peer.
    pub source: &'a str,
    /// The row.
    pub number: u64,
    /// Why.
    pub why: &'a str,
}

/// Tells each trial that the row's chain speaks of.
pub async fn row_parked(ctx: &Ctx, tx: &mut Tx, chain: &Chain, parked: Parked<'_>) -> Result<()> {
    let Parked { by, source, number, why } = parked;
    let text = format!(
        "{by} could not apply row {number} of {source}'s journal; it is parked, and the rows behind it wait: {why}"
    );
    let known: Vec<Stored<ProtocolRow>> = tx.find(&[]).await?;
    for trial in spoken_of(chain, known) {
        let mut trial = Trial::lock(&mut *tx, &trial).await?;
        raise(ctx, &mut trial, Tell::critical("row-parked", text.clone())).await?;
    }
    Ok(())
}

/// Raises an alert again that nobody has acknowledged.
pub async fn repeat(ctx: &Ctx, trial: &mut Trial<'_>, alert: &Alert) -> Result<()> {
    let tell = Tell {
        severity: alert.severity,
        kind: "",
        text: format!("not acknowledged: {}", alert.text),
        hold: alert.hold.clone(),
        adverse_event: alert.adverse_event.clone(),
    };
    put(ctx, trial, alert.kind.clone(), tell, Some(alert.id.clone())).await
}

async fn put(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    kind: String,
    tell: Tell,
    repeats: Option<AlertId>,
) -> Result<()> {
    let before = trial.tx.get::<AlertSequence>(trial.id.as_str()).await?;
    let previous = before.as_ref().map_or(0, |sequence| sequence.last);
    let number = trial.next_number();
    let sequence = AlertSequence { trial: trial.id.clone(), last: number };
    match before {
        Some(before) => trial.tx.update(&before, sequence).await?,
        None => trial.tx.insert(&sequence).await?,
    };
    let alert = Alert {
        id: ctx.id(),
        number,
        previous,
        trial: trial.id.clone(),
        severity: tell.severity,
        kind,
        text: tell.text,
        at: trial.now(),
        hold: tell.hold,
        adverse_event: tell.adverse_event,
        repeats,
        state: AlertState::Open { repeats: 0 },
    };
    trial.tx.insert(&alert).await?;
    trial.tell(events::alert_raised(&alert));
    Ok(())
}
