//! What safety makes of the others' events: one consumed event a file. What it writes is committed with the cursor of
//! the journal it came from, so a repeat never reaches it and an order is never broken.

mod on_allocation_heard;
mod on_allocation_starting;
mod on_candidate_proposed;
mod on_delegation_ended;
mod on_event_derived;
mod on_go_heard;
mod on_hold_checked;
mod on_infusion_completed;
mod on_infusion_started;
mod on_infusion_starting;
mod on_infusion_time_corrected;
mod on_infusion_unconfirmed;
mod on_milestone_recorded;
mod on_permit_returned;
mod on_permit_voided;
mod on_protocol_activated;
mod on_role_delegated;
mod on_row_parked;
mod on_screen_failed;
mod on_site_registered;
mod on_subject_discontinued;
mod on_subject_randomized;
mod on_subject_screened;
mod permit_told;
mod read;

use futures::future::BoxFuture;
use holdpoint_journal::{Event, Opened, Outcome, ReactError, Reactor, Tx};

use crate::commands::going_back;
use crate::ctx::Ctx;

/// Safety as a reader of the four other journals.
pub struct Reactions {
    ctx: Ctx,
}

impl Reactions {
    /// Reacts with these surroundings.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }
}

impl Reactor for Reactions {
    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>> {
        Box::pin(route(&self.ctx, tx, event))
    }

    fn opened<'a>(&'a self, tx: &'a mut Tx, opened: &'a Opened) -> BoxFuture<'a, Reacted> {
        Box::pin(async move { Ok(going_back::peer_opened(&self.ctx, tx, opened).await?) })
    }
}

type Reacted = Result<(), ReactError>;

async fn route(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Result<Outcome, ReactError> {
    match event.kind.as_str() {
        "holdpoint.enrollment.v1.ProtocolActivated" => on_protocol_activated::apply(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.SiteRegistered" => on_site_registered::apply(tx, event).await?,
        "holdpoint.enrollment.v1.RoleDelegated" => on_role_delegated::apply(tx, event).await?,
        "holdpoint.enrollment.v1.DelegationEnded" => on_delegation_ended::apply(tx, event).await?,
        "holdpoint.enrollment.v1.SubjectScreened" => on_subject_screened::apply(tx, event).await?,
        "holdpoint.enrollment.v1.SubjectRandomized" => on_subject_randomized::apply(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.MilestoneRecorded" => on_milestone_recorded::apply(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.SubjectDiscontinued" => {
            on_subject_discontinued::apply(ctx, tx, event).await?
        }
        "holdpoint.enrollment.v1.ScreenFailed" => on_screen_failed::apply(tx, event).await?,
        "holdpoint.enrollment.v1.AllocationStarting" => on_allocation_starting::apply(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.AllocationHeard" => on_allocation_heard::apply(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.PermitReturned" => on_permit_returned::allocation(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.PermitVoided" => on_permit_voided::allocation(ctx, tx, event).await?,
        "holdpoint.enrollment.v1.HoldChecked" => on_hold_checked::enrollment(ctx, tx, event).await?,
        "holdpoint.dosing.v1.InfusionStarting" => on_infusion_starting::apply(ctx, tx, event).await?,
        "holdpoint.dosing.v1.GoHeard" => on_go_heard::apply(ctx, tx, event).await?,
        "holdpoint.dosing.v1.PermitReturned" => on_permit_returned::infusion(ctx, tx, event).await?,
        "holdpoint.dosing.v1.PermitVoided" => on_permit_voided::infusion(ctx, tx, event).await?,
        "holdpoint.dosing.v1.InfusionStarted" => on_infusion_started::apply(ctx, tx, event).await?,
        "holdpoint.dosing.v1.InfusionUnconfirmed" => on_infusion_unconfirmed::apply(ctx, tx, event).await?,
        "holdpoint.dosing.v1.InfusionCompleted" => on_infusion_completed::apply(ctx, tx, event).await?,
        "holdpoint.dosing.v1.InfusionTimeCorrected" => {
            on_infusion_time_corrected::apply(ctx, tx, event).await?
        }
        "holdpoint.dosing.v1.HoldChecked" => on_hold_checked::dosing(ctx, tx, event).await?,
        "holdpoint.labs.v1.CandidateProposed" => on_candidate_proposed::apply(ctx, tx, event).await?,
        "holdpoint.labs.v1.EventDerived" => on_event_derived::apply(ctx, tx, event).await?,
        "holdpoint.labs.v1.HoldChecked" => on_hold_checked::labs(ctx, tx, event).await?,
        "holdpoint.followup.v1.HoldChecked" => on_hold_checked::followup(ctx, tx, event).await?,
        "holdpoint.journal.v1.RowParked" => on_row_parked::apply(ctx, tx, event).await?,
        _ => return Ok(Outcome::NotRead),
    }
    Ok(Outcome::Applied)
}
