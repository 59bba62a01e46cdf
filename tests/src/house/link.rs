//! A gate before safety: what the other services reach instead of it. Open, it passes everything on; shut, it ends what passes
//! and refuses what comes; mute, it takes everything and answers nothing.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What the gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Passes on.
    Open,
    /// Ends and refuses connections.
    Shut,
    /// Takes connections, and nothing goes through.
    Mute,
}

/// The gate.
pub struct Gate {
    port: u16,
    passage: watch::Sender<Passage>,
    keeper: AbortHandle,
}

impl Gate {
    pub(super) async fn before(target: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (passage, seen) = watch::channel(Passage::Open);
        let keeper = tokio::spawn(keep(listener, target, seen)).abort_handle();
        Ok(Self { port, passage, keeper })
    }

    /// Where the gate is reached.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens or shuts it; connections that are there feel it at once.
    pub fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn keep(listener: TcpListener, target: u16, seen: watch::Receiver<Passage>) {
    while let Ok((caller, _)) = listener.accept().await {
        tokio::spawn(pass(caller, target, seen.clone()));
    }
}

/// One connection, until either side or the gate ends it.
async fn pass(mut caller: TcpStream, target: u16, mut seen: watch::Receiver<Passage>) {
    let passage = *seen.borrow_and_update();
    match passage {
        Passage::Shut => {}
        Passage::Mute => drop(seen.changed().await),
        Passage::Open => {
            let Ok(mut inside) = TcpStream::connect(("127.0.0.1", target)).await else { return };
            let mute = tokio::select! {
                _ = copy_bidirectional(&mut caller, &mut inside) => false,
                _ = seen.changed() => *seen.borrow() == Passage::Mute,
            };
            if mute {
                drop(seen.changed().await);
            }
        }
    }
}
