//! One connection of a laboratory: frame after frame, each answered once and in order, after labs committed its message.
//! A frame with a fault is answered too, and the connection is kept.

use std::net::SocketAddr;
use std::time::Duration;

use holdpoint_api::labs::v1::FrameFault;
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::error::code_of;
use holdpoint_hl7::mllp::{Decoder, Frame, framed};
use holdpoint_labs::domain::hl7::not_taken;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Limits, Line};

/// Bytes that are read at once.
const PIECE: usize = 16 << 10;
/// Of a frame with a fault labs is told no more.
const HEAD: usize = 1 << 10;

/// One connection.
pub struct Talk {
    /// Whose.
    pub peer: SocketAddr,
    /// What it is held to.
    pub limits: Limits,
    /// Its line to labs.
    pub line: Line,
    /// When the listener stops.
    pub stop: CancellationToken,
}

impl Talk {
    /// Talks until the other side has gone, the listener stops, or a frame takes too long.
    pub async fn run(mut self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut decoder = Decoder::new(self.limits.longest);
        let mut piece = vec![0; PIECE];
        loop {
            let read = self.read(&mut stream, &mut piece, decoder.is_inside()).await?;
            let Some(mut bytes) = piece.get(..read).filter(|_| read > 0) else {
                if let Some(Frame::Broken(begun)) = decoder.finish() {
                    // Nobody waits for the answer; that it broke off is kept.
                    self.answer(&begun, FrameFault::Broken).await;
                }
                return Ok(());
            };
            while let Some(frame) = decoder.take(&mut bytes) {
                let answer = match &frame {
                    Frame::Message(message) => self.answer(message, FrameFault::Unspecified).await,
                    Frame::TooLong(head) => self.answer(head, FrameFault::TooLong).await,
                    Frame::Broken(begun) => self.answer(begun, FrameFault::Broken).await,
                    Frame::Stray => {
                        tracing::warn!(peer = %self.peer, "bytes outside of any frame (0B ... 1C 0D) were passed over");
                        continue;
                    }
                };
                timeout(self.limits.patience, stream.write_all(&framed(&answer))).await.map_err(late)??;
            }
        }
    }

    /// The next bytes; none at the end. A connection may be silent for as long as it likes, but not inside a frame.
    async fn read(
        &self,
        stream: &mut (impl AsyncRead + Unpin),
        piece: &mut [u8],
        inside: bool,
    ) -> std::io::Result<usize> {
        let next = async {
            if inside {
                timeout(self.limits.patience, stream.read(piece)).await.map_err(late)?
            } else {
                stream.read(piece).await
            }
        };
        tokio::select! {
            read = next => read,
            () = self.stop.cancelled() => Ok(0),
        }
    }

    /// What labs says of a message; that it was not taken where labs says nothing. Never that it is kept without labs.
    async fn answer(&mut self, message: &[u8], fault: FrameFault) -> Vec<u8> {
        let told =
            if fault == FrameFault::Unspecified { message } else { &message[..message.len().min(HEAD)] };
        match self.line.tell(told, fault).await {
            Ok(answer) => answer.answer,
            Err(status) => {
                let code = code_of(&status);
                tracing::error!(peer = %self.peer, grpc = ?status.code(), code, "labs did not take a message");
                let now = MachineClock::new().wall();
                not_taken(message, "labs did not take the message", now).into_bytes()
            }
        }
    }
}

fn late(_: tokio::time::error::Elapsed) -> std::io::Error {
    let words = "the other side stood still in the middle of a frame";
    std::io::Error::new(std::io::ErrorKind::TimedOut, words)
}

/// What a connection is held to where nothing is said.
pub const PATIENCE: Duration = Duration::from_secs(30);
