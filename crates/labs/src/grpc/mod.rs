//! The Labs service on the wire: decode, call, encode; ten lines a method. The server stack has checked the token and the
//! roles, and runs what changes something to its end.

mod decode;
mod encode;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::labs_server::Labs;
use holdpoint_chassis::error::Error;
use holdpoint_chassis::identity::Actor;
use holdpoint_chassis::server::{actor, with_retries};
use tokio::sync::oneshot;
use tonic::{Request, Response, Status, Streaming};

use crate::commands;
use crate::commands::ingest_results::Answered;
use crate::ctx::Ctx;
use crate::domain::feed::Feed;
use crate::domain::ids::FeedId;
use crate::domain::{Refusal, hl7};
use crate::queries;

/// Reports of one stream whose answers are awaited at once: a feed that sends faster is slowed down by its own window.
const IN_FLIGHT: usize = 256;

/// Serves labs' rpcs.
#[derive(Clone)]
pub struct LabsService {
    ctx: Ctx,
}

impl LabsService {
    /// A service that decides with these.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    /// Takes reports as they come, and answers each after its commit, in their order. A report that is refused is
    /// answered so; a fault ends the stream.
    pub fn ingest(
        &self,
        actor: Actor,
        reports: impl Stream<Item = Result<pb::IngestResultsRequest, Status>> + Send + 'static,
    ) -> BoxStream<'static, Result<pb::IngestResultsResponse, Status>> {
        let (ctx, feed) = (self.ctx.clone(), FeedId::from(actor.principal));
        // Queued here, one after the other; only the answers are awaited together.
        let queued = reports.map_ok(move |sent| {
            let (id, report) = decode::ingest(sent, &feed, &ctx.key);
            (id, report.map(|report| ctx.intake.submit(&ctx, report)))
        });
        let answers = queued.map_ok(|(id, queued)| async move {
            let answered = match queued {
                Ok(answered) => answered.await.unwrap_or_else(|gone| Err(Error::fault(gone))),
                Err(refused) => Err(refused.into()),
            };
            match answered {
                Ok(taken) => Ok(encode::taken(id, &taken.answers)),
                Err(Error::Refused(refused)) => {
                    refused.log();
                    Ok(encode::refused(id, &refused))
                }
                Err(fault) => Err(Status::from(fault)),
            }
        });
        answers.try_buffered(IN_FLIGHT).boxed()
    }

    /// Takes messages of HL7 as they come, and answers each after its commit, in their order. A fault ends the stream:
    /// nobody knows whether the message is kept, and its repeat will say.
    pub fn ingest_messages(
        &self,
        actor: Actor,
        messages: impl Stream<Item = Result<pb::IngestHl7Request, Status>> + Send + 'static,
    ) -> BoxStream<'static, Result<pb::IngestHl7Response, Status>> {
        let (ctx, feed) = (self.ctx.clone(), FeedId::from(actor.principal));
        let queued =
            messages.and_then(move |sent| {
                let (ctx, feed) = (ctx.clone(), feed.clone());
                async move {
                    Ok((sent.act.clone().unwrap_or_default().request_id, queue(&ctx, feed, sent).await?))
                }
            });
        let answers = queued.map_ok(|(id, queued)| async move {
            match queued {
                Ok(answered) => {
                    let taken = answered.await.unwrap_or_else(|gone| Err(Error::fault(gone)));
                    taken.map(|taken| encode::acknowledged(id, taken)).map_err(Status::from)
                }
                Err(answer) => Ok(encode::not_acknowledged(id, answer)),
            }
        });
        answers.try_buffered(IN_FLIGHT).boxed()
    }
}

/// Reads a message in its feed's zone and queues it; the answer where it is of no feed.
async fn queue(
    ctx: &Ctx,
    feed: FeedId,
    sent: pb::IngestHl7Request,
) -> Result<Result<oneshot::Receiver<Answered>, String>, Status> {
    let Some(known) = ctx.store.get::<Feed>(feed.as_str()).await? else {
        let refusal = Refusal::UnknownFeed { feed }.to_string();
        return Ok(Err(hl7::not_taken(&sent.message, &refusal, ctx.now())));
    };
    let reader = hl7::Reader::new(&known.value, &ctx.key, ctx.now());
    let report = reader.read(&sent.message, decode::fault(sent.fault()));
    Ok(Ok(ctx.intake.submit(ctx, report)))
}

type Answer<T> = Result<Response<T>, Status>;

/// Decodes, runs with another try after a lost version race, encodes.
macro_rules! command {
    ($self:ident, $actor:ident, $command:ident, $decoded:expr, $encode:expr) => {{
        let cmd = $decoded.map_err(Error::from)?;
        let done = with_retries(|| commands::$command::run(&$self.ctx, &$actor, cmd.clone())).await?;
        Ok(Response::new(($encode)(done.into_inner())))
    }};
}

#[tonic::async_trait]
impl Labs for LabsService {
    async fn register_feed(
        &self,
        request: Request<pb::RegisterFeedRequest>,
    ) -> Answer<pb::RegisterFeedResponse> {
        let actor = actor(&request)?;
        let decoded = decode::register_feed(request.into_inner());
        command!(self, actor, register_feed, decoded, |()| pb::RegisterFeedResponse {})
    }

    async fn link_subject(
        &self,
        request: Request<pb::LinkSubjectRequest>,
    ) -> Answer<pb::LinkSubjectResponse> {
        let actor = actor(&request)?;
        let decoded = decode::link_subject(request.into_inner(), &self.ctx.key);
        command!(self, actor, link_subject, decoded, |taken_up| pb::LinkSubjectResponse { taken_up })
    }

    type IngestResultsStream = BoxStream<'static, Result<pb::IngestResultsResponse, Status>>;

    async fn ingest_results(
        &self,
        request: Request<Streaming<pb::IngestResultsRequest>>,
    ) -> Answer<Self::IngestResultsStream> {
        let actor = actor(&request)?;
        Ok(Response::new(self.ingest(actor, request.into_inner())))
    }

    type IngestHl7Stream = BoxStream<'static, Result<pb::IngestHl7Response, Status>>;

    async fn ingest_hl7(
        &self,
        request: Request<Streaming<pb::IngestHl7Request>>,
    ) -> Answer<Self::IngestHl7Stream> {
        let actor = actor(&request)?;
        Ok(Response::new(self.ingest_messages(actor, request.into_inner())))
    }

    async fn get_trend(&self, request: Request<pb::GetTrendRequest>) -> Answer<pb::Trend> {
        let actor = actor(&request)?;
        let query = decode::get_trend(request.into_inner()).map_err(Error::from)?;
        let trend = queries::get_trend::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::trend(&trend)))
    }

    async fn get_feed_health(
        &self,
        request: Request<pb::GetFeedHealthRequest>,
    ) -> Answer<pb::GetFeedHealthResponse> {
        let actor = actor(&request)?;
        let trial = decode::feed_health(request.into_inner()).map_err(Error::from)?;
        let feeds = queries::get_feed_health::run(&self.ctx, &actor, trial).await?;
        Ok(Response::new(encode::feed_health(&feeds, self.ctx.now())))
    }

    async fn resolve_quarantined(
        &self,
        request: Request<pb::ResolveQuarantinedRequest>,
    ) -> Answer<pb::ResolveQuarantinedResponse> {
        let actor = actor(&request)?;
        let decoded = decode::resolve_quarantined(request.into_inner());
        command!(self, actor, resolve_quarantined, decoded, |answers: Vec<_>| {
            pb::ResolveQuarantinedResponse { outcomes: encode::outcomes(&answers) }
        })
    }

    async fn list_quarantine(
        &self,
        request: Request<pb::ListQuarantineRequest>,
    ) -> Answer<pb::ListQuarantineResponse> {
        let actor = actor(&request)?;
        let query = decode::list_quarantine(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_quarantine::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::quarantine(&listed)))
    }

    async fn list_results(
        &self,
        request: Request<pb::ListResultsRequest>,
    ) -> Answer<pb::ListResultsResponse> {
        let actor = actor(&request)?;
        let query = decode::list_results(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_results::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::results(&listed)))
    }

    async fn get_derived(&self, request: Request<pb::GetDerivedRequest>) -> Answer<pb::Derived> {
        let actor = actor(&request)?;
        let whose = decode::get_derived(request.into_inner()).map_err(Error::from)?;
        let derived = queries::get_derived::run(&self.ctx, &actor, whose.clone()).await?;
        Ok(Response::new(encode::derived(&whose, &derived)))
    }

    async fn list_responses(
        &self,
        request: Request<pb::ListResponsesRequest>,
    ) -> Answer<pb::ListResponsesResponse> {
        let actor = actor(&request)?;
        let query = decode::list_responses(request.into_inner()).map_err(Error::from)?;
        let listed = queries::list_responses::run(&self.ctx, &actor, query).await?;
        Ok(Response::new(encode::responses(&listed)))
    }

    async fn count_results(&self, request: Request<pb::CountResultsRequest>) -> Answer<pb::ResultCounts> {
        let actor = actor(&request)?;
        let trial = decode::count_results(request.into_inner()).map_err(Error::from)?;
        let tally = queries::count_results::run(&self.ctx, &actor, trial).await?;
        Ok(Response::new(encode::counts(&tally)))
    }
}
