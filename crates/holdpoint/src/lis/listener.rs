//! The listener for MLLP: lets in whom it is told, as many at a time as it is told, each with a line to labs of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::talk::{PATIENCE, Talk};
use super::{LONGEST, Line, Peers};

/// After an accept that failed, as it does where there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// What connections are held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest message in bytes.
    pub longest: usize,
    /// How long the other side may stand still inside a frame, a handshake, or with an answer unread.
    pub patience: Duration,
    /// Most connections at a time.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { longest: LONGEST, patience: PATIENCE, connections: 64 }
    }
}

/// A listener that does not listen yet.
pub struct Listener {
    /// Where.
    pub socket: TcpListener,
    /// Whom it lets in.
    pub peers: Peers,
    /// What it holds them to.
    pub limits: Limits,
    /// With TLS, where it has it.
    pub tls: Option<TlsAcceptor>,
    /// Its line to labs, from which each connection gets one beside.
    pub line: Line,
}

impl Listener {
    /// Listens until it is stopped; then each connection ends after the message it is at.
    pub async fn run(self, stop: CancellationToken) {
        let room = Arc::new(Semaphore::new(self.limits.connections));
        let mut talks = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = stop.cancelled() => break,
            };
            while talks.try_join_next().is_some() {}
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(cause) => {
                    tracing::warn!(%cause, "a connection could not be taken");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if !self.peers.admits(peer.ip()) {
                tracing::warn!(%peer, "somebody who is not on the list was turned away");
                continue;
            }
            let Ok(seat) = room.clone().try_acquire_owned() else {
                tracing::warn!(%peer, most = self.limits.connections, "turned away: no more connections at a time");
                continue;
            };
            let talk = Talk {
                peer,
                limits: self.limits,
                line: self.line.beside(&peer.to_string()),
                stop: stop.clone(),
            };
            talks.spawn(seated(talk, stream, self.tls.clone(), seat));
        }
        while talks.join_next().await.is_some() {}
    }
}

async fn seated(talk: Talk, stream: TcpStream, tls: Option<TlsAcceptor>, _seat: OwnedSemaphorePermit) {
    let (peer, patience) = (talk.peer, talk.limits.patience);
    let _ = stream.set_nodelay(true);
    tracing::info!(%peer, tls = tls.is_some(), "a laboratory's system has connected");
    let ended = match tls {
        None => talk.run(stream).await,
        Some(tls) => match timeout(patience, tls.accept(stream)).await {
            Ok(Ok(stream)) => talk.run(stream).await,
            Ok(Err(cause)) => Err(cause),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        },
    };
    match ended {
        Ok(()) => tracing::info!(%peer, "a laboratory's system has gone"),
        Err(cause) => tracing::warn!(%peer, %cause, "a connection has ended"),
    }
}
