//! Servers on loopback for the test peers, and the channels to them.

use std::time::Duration;

use holdpoint_chassis::client::{Caller, ServiceChannel, connect};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// Serves on a free port until the token is cancelled.
pub async fn serve(routes: Routes, stop: CancellationToken) -> ServiceChannel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().add_routes(routes);
    tokio::spawn(async move {
        let stopped = stop.cancelled_owned();
        server.serve_with_incoming_shutdown(TcpListenerStream::new(listener), stopped).await.unwrap();
    });
    connect(&format!("http://{address}"), Caller::Nobody, Duration::from_secs(5)).unwrap()
}
