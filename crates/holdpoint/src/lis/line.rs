//! The line to labs: one stream that is opened when it is needed, and opened again when it broke, with the message that
//! nobody answered. Sent twice, a message is kept once and answered the same.

use std::time::Duration;

use holdpoint_api::common::v1::Act;
use holdpoint_api::labs::v1::labs_client::LabsClient;
use holdpoint_api::labs::v1::{FrameFault, IngestHl7Request, IngestHl7Response};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::ids::Ids;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};

use super::Speaks;
use crate::client::passes;

/// The longest message that is taken, in bytes: with its envelope it stays below the largest request.
pub const LONGEST: usize = 2 << 20;
/// Between one try and the next.
const PAUSE: Duration = Duration::from_millis(200);
/// An answer that has not come by then is asked for anew.
const TRY: Duration = Duration::from_secs(20);

/// One sender's line. Messages go one after the other.
pub struct Line {
    client: LabsClient<InterceptedService<Channel, Speaks>>,
    clock: MachineClock,
    ids: Ids,
    patience: Duration,
    open: Option<Open>,
}

struct Open {
    sender: mpsc::Sender<IngestHl7Request>,
    answers: Streaming<IngestHl7Response>,
}

impl Line {
    /// A line to labs at an address; `patience` is how long one message waits for a labs that is away.
    pub fn new(address: &str, speaks: Speaks, ids: Ids, patience: Duration) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned())?
            .connect_timeout(Duration::from_secs(2))
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        let client = LabsClient::with_interceptor(endpoint.connect_lazy(), speaks);
        Ok(Self { client, clock: MachineClock::new(), ids, patience, open: None })
    }

    /// Another line to the same labs, on the same connection, for another sender.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        let (client, clock) = (self.client.clone(), self.clock.clone());
        Self { client, clock, ids: self.ids.fork(name), patience: self.patience, open: None }
    }

    /// Hands a message over, and answers what labs said after its commit. An error: labs said nothing, or refuses the
    /// sender; the message may be kept or not.
    pub async fn tell(&mut self, message: &[u8], fault: FrameFault) -> Result<IngestHl7Response, Status> {
        let act = Some(Act { request_id: self.ids.next().to_string(), reason: String::new() });
        let request = IngestHl7Request { act, message: message.to_vec(), fault: fault as i32 };
        let begun = self.clock.mark();
        loop {
            let heard = timeout(TRY, self.once(request.clone())).await;
            let status = match heard {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(status)) => status,
                Err(_) => Status::deadline_exceeded("labs does not answer"),
            };
            self.open = None;
            // A stream ends with its token; the next one begins with another.
            let again = passes(&status) || status.code() == Code::Unauthenticated;
            if !again || self.clock.since(&begun) >= self.patience {
                return Err(status);
            }
            sleep(PAUSE).await;
        }
    }

    async fn once(&mut self, request: IngestHl7Request) -> Result<IngestHl7Response, Status> {
        let id = request.act.clone().unwrap_or_default().request_id;
        let gone = || Status::unavailable("the stream to labs has ended");
        if self.open.is_none() {
            let (sender, requests) = mpsc::channel(1);
            let answers = self.client.ingest_hl7(ReceiverStream::new(requests)).await?.into_inner();
            self.open = Some(Open { sender, answers });
        }
        let Some(open) = &mut self.open else { return Err(gone()) };
        open.sender.send(request).await.map_err(|_| gone())?;
        while let Some(answer) = open.answers.message().await? {
            if answer.request_id == id {
                return Ok(answer);
            }
        }
        Err(gone())
    }
}
