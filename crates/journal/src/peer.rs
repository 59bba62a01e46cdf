//! Decides how one service reads another's journal: over gRPC, every call with a deadline.

use std::time::Duration;

use holdpoint_api::journal::v1 as pb;
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_chassis::error::{Error, OrFault as _, Result};
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes, Service, StdError, http};
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::chain::{Chain, Hash, Head};
use crate::error::{BUSY, PEER_WENT_BACK};
use crate::row::Row;
use crate::verify::Remembered;

type Transport = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, tonic::Status>;

const DEADLINE: Duration = Duration::from_secs(10);
const READ_DEADLINE: Duration = Duration::from_secs(120);

/// A peer's journal.
#[derive(Clone)]
pub struct Peer {
    name: String,
    client: JournalClient<Transport>,
}

/// What two services tell each other about their heads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// The peer's heads.
    pub offered: Vec<(Chain, Head)>,
    /// What the peer has seen of ours.
    pub seen: Vec<(Chain, Head)>,
}

impl Peer {
    /// A peer by its service name, over any gRPC transport: a channel, an intercepted channel, a server in process.
    pub fn new<S, B>(name: impl Into<String>, transport: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<StdError> + 'static,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<StdError>,
    {
        let transport = transport
            .map_response(|answer: http::Response<B>| answer.map(Body::new))
            .map_err(|cause| tonic::Status::from_error(cause.into()));
        Self { name: name.into(), client: JournalClient::new(BoxCloneSyncService::new(transport)) }
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells the peer what was seen of its journal and hears its heads and what it has seen of ours.
    pub async fn compare(&self, service: &str, seen: Vec<(Chain, Head)>) -> Result<Compared> {
        let request = pb::HeadsRequest {
            service: service.to_owned(),
            seen: seen.into_iter().map(chain_head).collect(),
        };
        let answer = self.client.clone().heads(timed(request, DEADLINE)).await.map_err(|s| self.silent(s))?;
        let answer = answer.into_inner();
        Ok(Compared { offered: read_heads(answer.heads)?, seen: read_heads(answer.seen)? })
    }

    /// The rows of a chain after a head, as a stream.
    pub(crate) async fn read(
        &self,
        chain: &Chain,
        after: Head,
        up_to: u64,
    ) -> Result<tonic::Streaming<pb::Row>> {
        let request = pb::ReadRequest { chain: chain.as_str().to_owned(), after: Some(after.into()), up_to };
        let answer = self.client.clone().read(timed(request, READ_DEADLINE)).await;
        Ok(answer.map_err(|status| self.silent(status))?.into_inner())
    }

    /// Whether the peer still has this row of its own: what it sends after the row then follows it. A row that was lost
    /// is answered from the incarnation on that accounts for it.
    pub(crate) async fn has(&self, chain: &Chain, head: Head) -> Result<bool> {
        let first = self.read(chain, head, 0).await?.message().await.map_err(|status| self.silent(status))?;
        let Some(first) = first.map(read_row).transpose()? else { return Ok(true) };
        Ok(first.previous == head.hash)
    }

    /// The chains of `source` that the peer has read.
    pub async fn chains_of(&self, source: &str) -> Result<Vec<Chain>> {
        let request = pb::CursorsRequest { source: source.to_owned() };
        let answer =
            self.client.clone().cursors(timed(request, DEADLINE)).await.map_err(|s| self.silent(s))?;
        Ok(answer.into_inner().cursors.into_iter().map(|cursor| Chain::trial(cursor.chain)).collect())
    }

    /// What the peer remembers of `source`'s chain: witness against a rewritten or truncated journal.
    pub async fn remembered(&self, source: &str, chain: &Chain) -> Result<Vec<Remembered>> {
        let request = pb::RememberedRequest { source: source.to_owned(), chain: chain.as_str().to_owned() };
        let answer = self.client.clone().remembered(timed(request, READ_DEADLINE)).await;
        let mut stream = answer.map_err(|status| self.silent(status))?.into_inner();
        let mut all = vec![];
        while let Some(rows) = stream.message().await.map_err(|status| self.silent(status))? {
            let hashes: Option<Vec<Hash>> =
                rows.hashes.into_iter().map(|hash| hash.try_into().ok()).collect();
            all.push(Remembered {
                by: self.name.clone(),
                chain: Chain::trial(rows.chain),
                incarnation: rows.incarnation,
                first: rows.first,
                lost_under: rows.lost_under.map(Head::try_from).transpose()?,
                hashes: hashes.ok_or_else(|| anyhow::anyhow!("a remembered hash is not 32 bytes long"))?,
            });
        }
        Ok(all)
    }

    /// A peer that does not answer, or answers that our head is none of its own.
    pub(crate) fn silent(&self, status: tonic::Status) -> Error {
        if status.code() == tonic::Code::FailedPrecondition {
            return PEER_WENT_BACK.refuse(format!("{}: {}", self.name, status.message())).into();
        }
        BUSY.refuse(format!("{} does not answer: {}", self.name, status.code())).into()
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Peer({})", self.name)
    }
}

fn timed<T>(message: T, deadline: Duration) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(deadline);
    request
}

pub(crate) fn chain_head((chain, head): (Chain, Head)) -> pb::ChainHead {
    pb::ChainHead { chain: chain.as_str().to_owned(), head: Some(head.into()) }
}

pub(crate) fn read_heads(heads: Vec<pb::ChainHead>) -> Result<Vec<(Chain, Head)>> {
    heads
        .into_iter()
        .map(|each| Ok((Chain::trial(each.chain), Head::try_from(each.head.unwrap_or_default())?)))
        .collect()
}

pub(crate) fn read_row(row: pb::Row) -> Result<Row> {
    let hash = |bytes: Vec<u8>| -> Result<Hash> {
        <Hash>::try_from(bytes.as_slice()).or_fault("reading a hash from a peer's journal")
    };
    Ok(Row {
        chain: Chain::trial(row.chain),
        head: Head { incarnation: row.incarnation, number: row.number, hash: hash(row.hash)? },
        previous: hash(row.previous)?,
        private_hash: hash(row.private_hash)?,
        public: row.public,
    })
}
