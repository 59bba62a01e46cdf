//! A feed's client for trying a listener out: sends a message in its frame and waits for the answer to it, again where none
//! comes, as laboratories do.

use std::time::Duration;

use anyhow::{Context as _, bail};
use holdpoint_hl7::mllp::{Decoder, Frame, framed};
use holdpoint_hl7::{Message, charset};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 16 << 20;

/// A connection's two ends.
trait Ends: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Ends for T {}

/// A client of one listener.
pub struct Client {
    to: String,
    tls: Option<TlsConnector>,
    wait: Duration,
    open: Option<(Box<dyn Ends>, Decoder)>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// MSA-1: AA, AE or AR.
    pub code: String,
    /// MSA-2: the id of the message that is answered.
    pub control: String,
    /// ERR segments, as they were sent.
    pub errors: Vec<String>,
}

impl Client {
    /// A client of the listener at `host:port`, that waits so long for each answer.
    pub fn new(to: &str, tls: Option<TlsConnector>, wait: Duration) -> Self {
        Self { to: to.to_owned(), tls, wait, open: None }
    }

    /// Sends a message, at most so many times, until it is answered.
    pub async fn send(&mut self, message: &[u8], tries: u32) -> anyhow::Result<Heard> {
        let mut last = None;
        for _ in 0..tries.max(1) {
            match timeout(self.wait, self.once(message)).await {
                Ok(Ok(heard)) => return Ok(heard),
                Ok(Err(cause)) => last = Some(cause),
                Err(_) => last = Some(anyhow::anyhow!("no answer within {} s", self.wait.as_secs())),
            }
            self.open = None;
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("nothing was sent")))
    }

    async fn once(&mut self, message: &[u8]) -> anyhow::Result<Heard> {
        if self.open.is_none() {
            self.open = Some((self.connect().await?, Decoder::new(LONGEST_ANSWER)));
        }
        let Some((stream, decoder)) = &mut self.open else { bail!("not connected") };
        stream.write_all(&framed(message)).await?;
        stream.flush().await?;
        let mut piece = vec![0; 4 << 10];
        loop {
            let read = stream.read(&mut piece).await?;
            let Some(mut bytes) = piece.get(..read).filter(|_| read > 0) else {
                bail!("the connection ended before an answer came");
            };
            if let Some(frame) = decoder.take(&mut bytes) {
                let Frame::Message(answer) = frame else { bail!("what came is no answer in a frame") };
                return heard(&answer);
            }
        }
    }

    async fn connect(&self) -> anyhow::Result<Box<dyn Ends>> {
        let stream =
            TcpStream::connect(&self.to).await.with_context(|| format!("nobody listens at {}", self.to))?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let host = self.to.rsplit_once(':').map_or(self.to.as_str(), |(host, _)| host);
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
        Ok(Box::new(tls.connect(name, stream).await?))
    }
}

fn heard(answer: &[u8]) -> anyhow::Result<Heard> {
    let unreadable =
        |cause: Box<holdpoint_hl7::Problem>| anyhow::anyhow!("the answer is no message: {cause}");
    let decoded = charset::decode(answer).map_err(unreadable)?;
    let message = Message::cut(&decoded.text).map_err(unreadable)?;
    let msa = message.segments().find(|segment| segment.id().as_str() == "MSA");
    let msa = msa.context("the answer has no MSA")?;
    let errors = message.segments().filter(|segment| segment.id().as_str() == "ERR");
    Ok(Heard {
        code: msa.field(1).text().into_owned(),
        control: msa.field(2).text().into_owned(),
        errors: errors.map(|segment| segment.raw().to_owned()).collect(),
    })
}
