//! The journal's own gRPC service, mounted in every Holdpoint service: heads, rows, what is remembered of peers, and
//! what is parked.

mod read;
mod reader;
mod skip;

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use holdpoint_api::common::v1 as common;
use holdpoint_api::journal::v1 as pb;
use holdpoint_api::journal::v1::journal_server::{Journal, JournalServer};
use holdpoint_chassis::clock::{Civil, MachineClock};
use holdpoint_chassis::server::with_retries;
use tonic::{Request, Response, Status};

use crate::chain::{Chain, Head, Known};
use crate::peer::{chain_head, read_heads};
use crate::reactor::Watch;
use crate::rounds::ComesDue;
use crate::store::{Parked, Store};
use reader::Reader;

/// Answers for one service's journal.
#[derive(Clone)]
pub struct JournalService {
    store: Store,
    watch: Arc<dyn Watch>,
    civil: Civil,
    due: Option<ComesDue>,
}

impl JournalService {
    /// Answers from this store, and tells `watch` what callers prove.
    pub fn new(store: Store, watch: Arc<dyn Watch>, civil: Civil) -> Self {
        Self { store, watch, civil, due: None }
    }

    /// The gRPC service to mount.
    pub fn server(store: Store, watch: Arc<dyn Watch>, civil: Civil) -> JournalServer<Self> {
        JournalServer::new(Self::new(store, watch, civil))
    }

    /// The same for a service in which something comes due by civil time: how far it has come is told after that is done.
    pub fn server_of_what_comes_due(
        store: Store,
        watch: Arc<dyn Watch>,
        civil: Civil,
        due: ComesDue,
    ) -> JournalServer<Self> {
        JournalServer::new(Self { due: Some(due), ..Self::new(store, watch, civil) })
    }

    /// A service that has seen a row which this journal lacks proves that this service went back in time. What a
    /// person claims proves nothing.
    async fn check_claim(&self, by: &Reader, chain: &Chain, seen: Head) -> Result<Known, Status> {
        let known = self.store.knows(chain, &seen).await?;
        if let (Known::Lacks, Reader::Service(by)) = (known, by) {
            tracing::error!(service = self.store.service(), %chain, by, %seen, "this journal lacks a row a peer has seen");
            self.watch.on_own_rollback(chain, by, seen).await;
        }
        Ok(known)
    }
}

type Rows<T> = BoxStream<'static, Result<T, Status>>;

#[tonic::async_trait]
impl Journal for JournalService {
    type ReadStream = Rows<pb::Row>;
    type RememberedStream = Rows<pb::RememberedRows>;

    async fn heads(&self, request: Request<pb::HeadsRequest>) -> Result<Response<pb::HeadsResponse>, Status> {
        let reader = Reader::of(&request, &request.get_ref().service)?;
        let request = request.into_inner();
        for (chain, seen) in read_heads(request.seen)? {
            self.check_claim(&reader, &chain, seen).await?;
        }
        let heads = self.store.heads().await?.into_iter().map(chain_head).collect();
        // A person has no journal of which anything was seen.
        let seen = match request.service.is_empty() {
            true => vec![],
            false => self.store.claims(&request.service).await?.into_iter().map(chain_head).collect(),
        };
        Ok(Response::new(pb::HeadsResponse { heads, seen }))
    }

    async fn read(&self, request: Request<pb::ReadRequest>) -> Result<Response<Self::ReadStream>, Status> {
        let reader = Reader::of(&request, reader::ANY)?;
        let request = request.into_inner();
        let chain = Chain::trial(request.chain);
        let after = Head::try_from(request.after.unwrap_or_default())?;
        let Some(place) = read::place(&self.store, &chain, &after).await? else {
            self.check_claim(&reader, &chain, after).await?;
            return Err(read::went_back(&chain, &after).into());
        };
        let up_to = if request.up_to == 0 { u64::MAX } else { request.up_to };
        Ok(Response::new(read::rows(self.store.clone(), chain, place, up_to)))
    }

    async fn cursors(
        &self,
        request: Request<pb::CursorsRequest>,
    ) -> Result<Response<pb::CursorsResponse>, Status> {
        let source = request.into_inner().source;
        if let Some(due) = &self.due {
            with_retries(|| due.up_to_date()).await?;
        }
        let asked = |of: &str| source.is_empty() || source == of;
        let cursors = self.store.all_cursors().await?.into_iter().filter(|(of, ..)| asked(of));
        let cursors = cursors.map(|(source, chain, head)| pb::Cursor {
            source,
            chain: chain.as_str().to_owned(),
            head: Some(head.into()),
        });
        let cursors = cursors.collect();
        let heads = self.store.heads().await?.into_iter().map(chain_head).collect();
        Ok(Response::new(pb::CursorsResponse { cursors, heads }))
    }

    async fn remembered(
        &self,
        request: Request<pb::RememberedRequest>,
    ) -> Result<Response<Self::RememberedStream>, Status> {
        let request = request.into_inner();
        let chain = Chain::trial(request.chain);
        let mut remembered = self.store.remembered(&request.source, &chain).await?;
        remembered.extend(self.store.lost(&request.source, &chain).await?);
        let rows = remembered.into_iter().map(|seen| {
            Ok(pb::RememberedRows {
                chain: seen.chain.as_str().to_owned(),
                incarnation: seen.incarnation,
                first: seen.first,
                hashes: seen.hashes.iter().map(|hash| hash.to_vec()).collect(),
                lost_under: seen.lost_under.map(common::Head::from),
            })
        });
        Ok(Response::new(futures::stream::iter(rows.collect::<Vec<_>>()).boxed()))
    }

    async fn parked(
        &self,
        _request: Request<pb::ParkedRequest>,
    ) -> Result<Response<pb::ParkedResponse>, Status> {
        let rows = self.store.all_parked().await?.into_iter().map(parked_row).collect();
        Ok(Response::new(pb::ParkedResponse { rows }))
    }

    async fn skip(&self, request: Request<pb::SkipRequest>) -> Result<Response<pb::SkipResponse>, Status> {
        let by = skip::by(&request, &self.civil)?;
        skip::run(&self.store, by, request.into_inner()).await?;
        Ok(Response::new(pb::SkipResponse {}))
    }

    async fn pause(&self, request: Request<pb::PauseRequest>) -> Result<Response<pb::PauseResponse>, Status> {
        let pause = self.store.pause(request.into_inner().length_ms).await?;
        Ok(Response::new(pb::PauseResponse { pause }))
    }

    async fn resume(
        &self,
        request: Request<pb::ResumeRequest>,
    ) -> Result<Response<pb::ResumeResponse>, Status> {
        let lasted = self.store.resume(&request.into_inner().pause).await;
        Ok(Response::new(pb::ResumeResponse { lasted }))
    }

    async fn about(&self, _: Request<pb::AboutRequest>) -> Result<Response<pb::AboutResponse>, Status> {
        Ok(Response::new(pb::AboutResponse {
            service: self.store.service().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            wall_us: MachineClock::new().wall().as_microsecond(),
            civil_us: self.civil.now().as_microsecond(),
        }))
    }
}

fn parked_row(parked: Parked) -> pb::ParkedRow {
    pb::ParkedRow {
        source: parked.source,
        chain: parked.chain.as_str().to_owned(),
        head: Some(common::Head::from(parked.head)),
        r#type: parked.kind,
        critical: parked.critical,
        why: parked.why,
        parked_at_us: parked.at_us,
    }
}
