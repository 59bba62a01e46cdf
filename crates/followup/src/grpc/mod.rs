//! The Followup service on the wire: decode, call, encode; ten lines a method. The server stack has checked the token
//! and the roles, and runs what changes something to its end.

mod decode;
mod encode;

use holdpoint_api::followup::v1 as pb;
use holdpoint_api::followup::v1::followup_server::Followup;
use holdpoint_chassis::error::Error;
use holdpoint_chassis::server::{actor, with_retries};
use tonic::{Request, Response, Status};

use crate::commands;
use crate::ctx::Ctx;
use crate::queries;

/// Serves followup's rpcs.
pub struct FollowupService {
    ctx: Ctx,
}

impl FollowupService {
    /// A service that decides with these.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }
}

type Answer<T> = Result<Response<T>, Status>;

/// Decodes, runs with another try after a lost version race, encodes.
macro_rules! command {
    ($self:ident, $request:ident, $command:ident, $encode:expr) => {{
        let actor = actor(&$request)?;
        let cmd = decode::$command($request.into_inner()).map_err(Error::from)?;
        let done = with_retries(|| commands::$command::run(&$self.ctx, &actor, cmd.clone())).await?;
        Ok(Response::new(($encode)(done.into_inner())))
    }};
}

#[tonic::async_trait]
impl Followup for FollowupService {
    async fn record_activity(
        &self,
        request: Request<pb::RecordActivityRequest>,
    ) -> Answer<pb::RecordActivityResponse> {
        command!(self, request, record_activity, encode::recorded)
    }

    async fn record_activities(
        &self,
        request: Request<pb::RecordActivitiesRequest>,
    ) -> Answer<pb::RecordActivitiesResponse> {
        command!(self, request, record_activities, encode::all_recorded)
    }

    async fn mark_not_done(
        &self,
        request: Request<pb::MarkNotDoneRequest>,
    ) -> Answer<pb::MarkNotDoneResponse> {
        command!(self, request, mark_not_done, |()| pb::MarkNotDoneResponse {})
    }

    async fn reschedule(&self, request: Request<pb::RescheduleRequest>) -> Answer<pb::RescheduleResponse> {
        command!(self, request, reschedule, encode::moved)
    }

    async fn record_deviation(
        &self,
        request: Request<pb::RecordDeviationRequest>,
    ) -> Answer<pb::RecordDeviationResponse> {
        command!(self, request, record_deviation, |deviation| pb::RecordDeviationResponse {
            deviation: String::from(deviation),
        })
    }

    async fn get_schedule(&self, request: Request<pb::GetScheduleRequest>) -> Answer<pb::Schedule> {
        let actor = actor(&request)?;
        let (trial, subject) = decode::get_schedule(request.into_inner()).map_err(Error::from)?;
        let schedule = queries::get_schedule::run(&self.ctx, &actor, trial, subject).await?;
        Ok(Response::new(encode::schedule(&schedule)))
    }

    async fn list_due(&self, request: Request<pb::ListDueRequest>) -> Answer<pb::ListDueResponse> {
        let actor = actor(&request)?;
        let query = decode::list_due(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_due::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::due(&listed)))
    }

    async fn list_activities(
        &self,
        request: Request<pb::ListActivitiesRequest>,
    ) -> Answer<pb::ListActivitiesResponse> {
        let actor = actor(&request)?;
        let query = decode::list_activities(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_activities::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::activities(&listed)))
    }

    async fn count_visits(&self, request: Request<pb::CountVisitsRequest>) -> Answer<pb::VisitCounts> {
        let actor = actor(&request)?;
        let trial = decode::count_visits(request.into_inner()).map_err(Error::from)?;
        let counts = queries::count_visits::run(&self.ctx, &actor, trial).await?;
        Ok(Response::new(encode::counts(counts)))
    }
}
