//! The Dosing service on the wire: decode, call, encode; ten lines a method. The server stack has checked the token
//! and the roles, and runs what changes something to its end.

mod decode;
mod encode;
mod treatments;

use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::dosing::v1::dosing_server::Dosing;
use holdpoint_chassis::error::Error;
use holdpoint_chassis::server::{actor, with_retries};
use tonic::{Request, Response, Status};

use crate::commands::{self, gated};
use crate::ctx::Ctx;
use crate::domain::ids::RecordId;
use crate::domain::treatment::Treatment;
use crate::queries;

/// Serves dosing's rpcs.
pub struct DosingService {
    ctx: Ctx,
}

impl DosingService {
    /// A service that decides with these.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }
}

type Answer<T> = Result<Response<T>, Status>;

/// Decodes, runs with another try after a lost version race, encodes.
macro_rules! command {
    ($self:ident, $request:ident, $decode:ident::$command:ident, $encode:expr) => {{
        let actor = actor(&$request)?;
        let cmd = $decode::$command($request.into_inner()).map_err(Error::from)?;
        let done = with_retries(|| commands::$command::run(&$self.ctx, &actor, cmd.clone())).await?;
        Ok(Response::new(($encode)(done.into_inner())))
    }};
}

/// The same at a gate: a person's refused act is journaled.
macro_rules! gate {
    ($self:ident, $request:ident, $decode:ident::$command:ident, $what:ident, $encode:expr) => {{
        let actor = actor(&$request)?;
        let cmd = $decode::$command($request.into_inner()).map_err(Error::from)?;
        let by = $self.ctx.by(&actor, &cmd.act);
        let outcome = with_retries(|| commands::$command::run(&$self.ctx, &actor, cmd.clone())).await;
        let about = (commands::$command::RPC, cmd.$what.as_str());
        let done = gated(&$self.ctx, &by, &cmd.trial, about, outcome).await?;
        Ok(Response::new(($encode)(done.into_inner())))
    }};
}

#[tonic::async_trait]
impl Dosing for DosingService {
    async fn receive_lot(&self, request: Request<pb::ReceiveLotRequest>) -> Answer<pb::ReceiveLotResponse> {
        command!(self, request, decode::receive_lot, |()| pb::ReceiveLotResponse {})
    }

    async fn release_lot(&self, request: Request<pb::ReleaseLotRequest>) -> Answer<pb::ReleaseLotResponse> {
        gate!(self, request, decode::release_lot, lot, |()| pb::ReleaseLotResponse {})
    }

    async fn quarantine_lot(
        &self,
        request: Request<pb::QuarantineLotRequest>,
    ) -> Answer<pb::QuarantineLotResponse> {
        command!(self, request, decode::quarantine_lot, |lost: Vec<_>| pb::QuarantineLotResponse {
            infusions: lost.into_iter().map(String::from).collect(),
        })
    }

    async fn correct_lot(&self, request: Request<pb::CorrectLotRequest>) -> Answer<pb::CorrectLotResponse> {
        command!(self, request, decode::correct_lot, encode::corrected)
    }

    async fn record_weight(
        &self,
        request: Request<pb::RecordWeightRequest>,
    ) -> Answer<pb::RecordWeightResponse> {
        command!(self, request, decode::record_weight, encode::recorded)
    }

    async fn confirm_weight(
        &self,
        request: Request<pb::ConfirmWeightRequest>,
    ) -> Answer<pb::ConfirmWeightResponse> {
        command!(self, request, decode::confirm_weight, |()| pb::ConfirmWeightResponse {})
    }

    async fn plan_infusions(
        &self,
        request: Request<pb::PlanInfusionsRequest>,
    ) -> Answer<pb::PlanInfusionsResponse> {
        let asker = actor(&request)?;
        let (trial, subject) =
            (request.get_ref().trial.clone().into(), request.get_ref().subject.clone().into());
        let planned: Answer<Vec<Treatment>> =
            command!(self, request, decode::plan_infusions, |planned| planned);
        let rpc = commands::plan_infusions::RPC;
        let sealed = queries::is_sealed_to(&self.ctx, &asker, rpc, (&trial, &subject)).await?;
        Ok(Response::new(encode::planned(&planned?.into_inner(), sealed)))
    }

    async fn authorize_infusion(
        &self,
        request: Request<pb::AuthorizeInfusionRequest>,
    ) -> Answer<pb::AuthorizeInfusionResponse> {
        gate!(self, request, decode::authorize_infusion, infusion, |dose| pb::AuthorizeInfusionResponse {
            dose: Some(encode::dose(&dose)),
        })
    }

    async fn start_infusion(
        &self,
        request: Request<pb::StartInfusionRequest>,
    ) -> Answer<pb::StartInfusionResponse> {
        let actor = actor(&request)?;
        let cmd = decode::start_infusion(request.into_inner()).map_err(Error::from)?;
        // Never tried again by itself: each ask is one person's.
        let heard = commands::start_infusion::run(&self.ctx, &actor, cmd).await?;
        Ok(Response::new(encode::heard(heard)))
    }

    async fn acknowledge_go(
        &self,
        request: Request<pb::AcknowledgeGoRequest>,
    ) -> Answer<pb::AcknowledgeGoResponse> {
        command!(self, request, decode::acknowledge_go, |()| pb::AcknowledgeGoResponse {})
    }

    async fn confirm_start(
        &self,
        request: Request<pb::ConfirmStartRequest>,
    ) -> Answer<pb::ConfirmStartResponse> {
        command!(self, request, decode::confirm_start, |()| pb::ConfirmStartResponse {})
    }

    async fn abandon_start(
        &self,
        request: Request<pb::AbandonStartRequest>,
    ) -> Answer<pb::AbandonStartResponse> {
        command!(self, request, decode::abandon_start, |()| pb::AbandonStartResponse {})
    }

    async fn complete_infusion(
        &self,
        request: Request<pb::CompleteInfusionRequest>,
    ) -> Answer<pb::CompleteInfusionResponse> {
        command!(self, request, decode::complete_infusion, |()| pb::CompleteInfusionResponse {})
    }

    async fn correct_start_time(
        &self,
        request: Request<pb::CorrectStartTimeRequest>,
    ) -> Answer<pb::CorrectStartTimeResponse> {
        command!(self, request, decode::correct_start_time, |()| pb::CorrectStartTimeResponse {})
    }

    async fn get_infusion(&self, request: Request<pb::GetInfusionRequest>) -> Answer<pb::Infusion> {
        let actor = actor(&request)?;
        let (trial, infusion) = decode::get_infusion(request.into_inner()).map_err(Error::from)?;
        let shown = queries::get_infusion::run(&self.ctx, &actor, trial, infusion).await?;
        Ok(Response::new(encode::shown(&shown)))
    }

    async fn list_infusions(
        &self,
        request: Request<pb::ListInfusionsRequest>,
    ) -> Answer<pb::ListInfusionsResponse> {
        let actor = actor(&request)?;
        let query = decode::list_infusions(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_infusions::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::listed(&listed)))
    }

    async fn get_lot(&self, request: Request<pb::GetLotRequest>) -> Answer<pb::Lot> {
        let actor = actor(&request)?;
        let lot = decode::get_lot(request.into_inner()).map_err(Error::from)?;
        let (lot, sealed) = queries::get_lot::run(&self.ctx, &actor, lot).await?;
        Ok(Response::new(encode::lot(&lot, sealed)))
    }

    async fn get_weight(&self, request: Request<pb::GetWeightRequest>) -> Answer<pb::Weight> {
        let actor = actor(&request)?;
        let (trial, weight) = decode::get_weight(request.into_inner()).map_err(Error::from)?;
        let weight = queries::get_weight::run(&self.ctx, &actor, trial, weight).await?;
        Ok(Response::new(encode::weight(&weight)))
    }

    async fn calculate_dose(
        &self,
        request: Request<pb::CalculateDoseRequest>,
    ) -> Answer<pb::CalculateDoseResponse> {
        let actor = actor(&request)?;
        let (trial, infusion) = decode::calculate_dose(request.into_inner()).map_err(Error::from)?;
        let asked = queries::calculate_dose::run(&self.ctx, &actor, trial, infusion).await?;
        Ok(Response::new(pb::CalculateDoseResponse { dose: Some(encode::asked(&asked)) }))
    }

    async fn record_transfusion(
        &self,
        request: Request<pb::RecordTransfusionRequest>,
    ) -> Answer<pb::RecordTransfusionResponse> {
        command!(self, request, treatments::record_transfusion, |id: RecordId| {
            pb::RecordTransfusionResponse { transfusion: id.into() }
        })
    }

    async fn record_concomitant(
        &self,
        request: Request<pb::RecordConcomitantRequest>,
    ) -> Answer<pb::RecordConcomitantResponse> {
        command!(self, request, treatments::record_concomitant, |id: RecordId| {
            pb::RecordConcomitantResponse { record: id.into() }
        })
    }

    async fn set_drug_level(
        &self,
        request: Request<pb::SetDrugLevelRequest>,
    ) -> Answer<pb::SetDrugLevelResponse> {
        gate!(self, request, treatments::set_drug_level, regimen, |level_text| pb::SetDrugLevelResponse {
            level_text,
        })
    }

    async fn advise_drug_level(
        &self,
        request: Request<pb::AdviseDrugLevelRequest>,
    ) -> Answer<pb::DrugAdvice> {
        let actor = actor(&request)?;
        let query = treatments::advise_drug_level(request.into_inner()).map_err(Error::from)?;
        let advice = queries::advise_drug_level::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(treatments::advice(&advice)))
    }

    async fn list_treatments(
        &self,
        request: Request<pb::ListTreatmentsRequest>,
    ) -> Answer<pb::ListTreatmentsResponse> {
        let actor = actor(&request)?;
        let (trial, subject) = treatments::list_treatments(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_treatments::run(&self.ctx, &actor, trial, subject).await?;
        Ok(Response::new(treatments::listed(&listed)))
    }
}
