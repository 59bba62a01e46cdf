//! Whether a service serves: asked of its gRPC health service, as an orchestrator does.

use std::time::Duration;

use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::process::Running;
use super::{PATIENCE, until};

/// Waits until a port answers that it serves. A process that ends before is an error at once.
pub(super) async fn serves(port: u16, process: &mut Running) -> anyhow::Result<()> {
    serves_unless(port, async || process.must_run().map(|()| false)).await
}

/// Waits until a port answers that it serves, or its process has ended.
pub(super) async fn serves_or_fell(port: u16, process: &mut Running) -> anyhow::Result<()> {
    serves_unless(port, async || Ok(process.ended()?.is_some())).await
}

async fn serves_unless(port: u16, mut over: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?;
    let endpoint = endpoint.connect_timeout(Duration::from_secs(1)).timeout(Duration::from_secs(1));
    until(&format!("port {port} serves"), PATIENCE, async || {
        if over().await? {
            return Ok(Some(()));
        }
        let Ok(channel) = endpoint.connect().await else { return Ok(None) };
        let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
        Ok(answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving).then_some(()))
    })
    .await
}
