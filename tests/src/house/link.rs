//! The line from one process to another, which a test may cut in one way or both, delay or slow. Bytes that cannot pass wait,
//! as they wait for a network that comes back; a line that is shut ends its connections and takes none.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Passes on.
    Open,
    /// Ends and refuses connections.
    Shut,
    /// Takes connections, and nothing goes through.
    Mute,
    /// Nothing goes from the caller to the called; answers under way pass.
    MuteThere,
    /// Asks pass; nothing goes from the called back to the caller.
    MuteBack,
    /// Each piece comes so much later.
    Late(Duration),
    /// So many bytes in a second, each way.
    Slow(u32),
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// The line.
pub struct Link {
    port: u16,
    passage: watch::Sender<Passage>,
    keeper: AbortHandle,
}

impl Link {
    /// A line to a port of this machine.
    pub(super) async fn to(target: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (passage, seen) = watch::channel(Passage::Open);
        let keeper = tokio::spawn(keep(listener, target, seen)).abort_handle();
        Ok(Self { port, passage, keeper })
    }

    /// Where the line begins.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes what it does; connections that are there feel it at once.
    pub fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Passage {
    fn lets(self, way: Way) -> bool {
        !matches!(
            (self, way),
            (Self::Mute | Self::Shut, _) | (Self::MuteThere, Way::There) | (Self::MuteBack, Way::Back)
        )
    }
}

async fn keep(listener: TcpListener, target: u16, seen: watch::Receiver<Passage>) {
    while let Ok((caller, _)) = listener.accept().await {
        tokio::spawn(connection(caller, target, seen.clone()));
    }
}

/// One connection, until either side or the line ends it.
async fn connection(caller: TcpStream, target: u16, seen: watch::Receiver<Passage>) {
    let mut shut = seen.clone();
    if *seen.borrow() == Passage::Shut {
        return;
    }
    let Ok(called) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let _ = (caller.set_nodelay(true), called.set_nodelay(true));
    let ((from_caller, to_caller), (from_called, to_called)) = (caller.into_split(), called.into_split());
    tokio::select! {
        _ = async { tokio::join!(
            carry(from_caller, to_called, seen.clone(), Way::There),
            carry(from_called, to_caller, seen.clone(), Way::Back),
        ) } => {}
        _ = shut.wait_for(|passage| *passage == Passage::Shut) => {}
    }
}

/// Carries one direction to its end. What was read and may not pass waits until it may.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut seen: watch::Receiver<Passage>,
    way: Way,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if seen.wait_for(|passage| passage.lets(way)).await.is_err() {
            return;
        }
        let passage = *seen.borrow();
        match passage {
            Passage::Late(by) => sleep(by).await,
            Passage::Slow(bytes) => sleep(Duration::from_secs_f64(length as f64 / f64::from(bytes))).await,
            _ => {}
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    const SOON: Duration = Duration::from_millis(300);

    /// A line to somebody who says every byte again, and a connection over it.
    async fn echo() -> (Link, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = caller.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        let link = Link::to(port).await.unwrap();
        let caller = TcpStream::connect(("127.0.0.1", link.port())).await.unwrap();
        (link, caller)
    }

    async fn says(caller: &mut TcpStream, byte: u8) {
        caller.write_all(&[byte]).await.unwrap();
    }

    async fn hears(caller: &mut TcpStream) -> Option<u8> {
        timeout(SOON, caller.read_u8()).await.ok().map(Result::unwrap)
    }

    #[tokio::test]
    async fn what_a_cut_in_one_way_kept_back_arrives_when_it_is_mended() {
        for cut in [Passage::Mute, Passage::MuteThere, Passage::MuteBack] {
            let (link, mut caller) = echo().await;
            says(&mut caller, 1).await;
            assert_eq!(hears(&mut caller).await, Some(1));
            link.set(cut);
            says(&mut caller, 2).await;
            assert_eq!(hears(&mut caller).await, None, "{cut:?}");
            link.set(Passage::Open);
            assert_eq!(hears(&mut caller).await, Some(2), "{cut:?}");
        }
    }

    #[tokio::test]
    async fn a_shut_line_ends_what_is_there_and_takes_nothing() {
        let (link, mut caller) = echo().await;
        says(&mut caller, 1).await;
        assert_eq!(hears(&mut caller).await, Some(1));
        link.set(Passage::Shut);
        assert_eq!(caller.read(&mut [0]).await.unwrap(), 0);
        let mut again = TcpStream::connect(("127.0.0.1", link.port())).await.unwrap();
        assert_eq!(again.read(&mut [0]).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn a_late_and_a_slow_line_take_their_time() {
        for passage in [Passage::Late(Duration::from_millis(50)), Passage::Slow(20)] {
            let (link, mut caller) = echo().await;
            link.set(passage);
            let begun = Instant::now();
            says(&mut caller, 1).await;
            assert_eq!(hears(&mut caller).await, Some(1));
            assert!(begun.elapsed() >= Duration::from_millis(100), "{passage:?}: {:?}", begun.elapsed());
        }
    }
}
