//! `holdpoint healthcheck`: asks a service whether it serves, for a container's health check. Exit code 0 when it does.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use holdpoint_chassis::client::{Caller, connect};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// The flags of `healthcheck`.
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// Address of the service
    #[arg(long, default_value = "http://127.0.0.1:7400")]
    address: String,
}

impl Healthcheck {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let channel = connect(&self.address, Caller::Nobody, Duration::from_secs(3))?;
        let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
        let status =
            answer.with_context(|| format!("{} does not answer", self.address))?.into_inner().status();
        println!("{}", status.as_str_name().to_lowercase());
        Ok(if status == ServingStatus::Serving { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
