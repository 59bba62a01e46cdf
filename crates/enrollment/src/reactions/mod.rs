//! What enrollment makes of its peers' events. Each file is one event, or one kind of thing it says.

mod on_hold;
mod on_infusion;
mod on_subject_measure;

use futures::future::BoxFuture;
use holdpoint_api::{dosing, safety};
use holdpoint_journal::{Event, Outcome, ReactError, Reactor, Tx};
use jiff::Timestamp;
use prost::Message;

use crate::ctx::Ctx;
use crate::domain::hold::HoldState;

/// Applies what safety and dosing tell.
pub struct Reactions {
    ctx: Ctx,
}

impl Reactions {
    /// Over enrollment's context.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
        let data = event.data.as_slice();
        match event.kind.as_str() {
            "holdpoint.safety.v1.HoldPlaced" => {
                on_hold::placed(&self.ctx, tx, safety::v1::HoldPlaced::decode(data)?).await?;
            }
            "holdpoint.safety.v1.HoldEffective" => {
                let said = safety::v1::HoldEffective::decode(data)?;
                on_hold::moved(tx, &said.hold, HoldState::Effective).await?;
            }
            "holdpoint.safety.v1.HoldReleased" => {
                let said = safety::v1::HoldReleased::decode(data)?;
                on_hold::released(tx, &said.hold, event.at).await?;
            }
            "holdpoint.safety.v1.SubjectMeasure" => {
                let said = safety::v1::SubjectMeasure::decode(data)?;
                on_subject_measure::run(tx, said, event.at).await?;
            }
            "holdpoint.dosing.v1.InfusionStarted" => {
                on_infusion::started(tx, dosing::v1::InfusionStarted::decode(data)?).await?;
            }
            "holdpoint.dosing.v1.InfusionCompleted" => {
                on_infusion::completed(tx, dosing::v1::InfusionCompleted::decode(data)?).await?;
            }
            "holdpoint.dosing.v1.InfusionTimeCorrected" => {
                on_infusion::corrected(tx, dosing::v1::InfusionTimeCorrected::decode(data)?).await?;
            }
            kind if NOT_OURS.contains(&kind) => {}
            _ => return Ok(Outcome::Unknown),
        }
        Ok(Outcome::Applied)
    }
}

/// Events that are known and change nothing here.
const NOT_OURS: &[&str] = &[
    "holdpoint.safety.v1.HoldReclassified",
    "holdpoint.safety.v1.AdverseEventReported",
    "holdpoint.safety.v1.AdverseEventChanged",
    "holdpoint.safety.v1.AlertRaised",
    "holdpoint.safety.v1.AlertAcknowledged",
    "holdpoint.safety.v1.ObligationOpened",
    "holdpoint.safety.v1.BoardDecided",
    "holdpoint.dosing.v1.InfusionPlanned",
    "holdpoint.dosing.v1.InfusionReplanned",
    "holdpoint.dosing.v1.InfusionCanceled",
    "holdpoint.dosing.v1.InfusionStarting",
    "holdpoint.dosing.v1.GoHeard",
    "holdpoint.dosing.v1.PermitReturned",
    "holdpoint.dosing.v1.PermitVoided",
    "holdpoint.dosing.v1.InfusionUnconfirmed",
    "holdpoint.dosing.v1.LotReceived",
    "holdpoint.dosing.v1.LotReleased",
    "holdpoint.dosing.v1.LotQuarantined",
    "holdpoint.dosing.v1.WeightRecorded",
    "holdpoint.dosing.v1.HoldChecked",
];

impl Reactor for Reactions {
    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        Box::pin(self.apply(tx, event))
    }
}

/// An id in an event, or the words with which the row is parked.
fn id<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, ReactError> {
    text.parse().map_err(|_| ReactError::Park(format!("{what} is no id")))
}

/// A moment in an event.
fn moment(what: &str, at: Option<prost_types::Timestamp>) -> Result<Timestamp, ReactError> {
    let at = at.ok_or_else(|| ReactError::Park(format!("{what} is absent")))?;
    Timestamp::new(at.seconds, at.nanos).map_err(|_| ReactError::Park(format!("{what} is no moment")))
}
