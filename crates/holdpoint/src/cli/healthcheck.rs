//! `holdpoint healthcheck`: asks a service whether it serves, for a container's health check. Exit code 0 when it does. Without an
//! address it asks the one that this machine's settings make the server listen on, so that one file tells both.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use holdpoint_chassis::client::{Caller, connect_with};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::tls;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::common::Common;

/// The flags of `healthcheck`.
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// Address of the service; by default this machine, at the port of the settings
    #[arg(long)]
    address: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Healthcheck {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.common.settings()?;
        let address = self.address.unwrap_or_else(|| own(&settings));
        let trusted = match (tls::client(&settings.tls)?, &settings.tls.name) {
            (Some(tls), Some(name)) => Some(tls.domain_name(name.clone())),
            (tls, _) => tls,
        };
        let channel = connect_with(&address, trusted.as_ref(), Caller::Nobody, Duration::from_secs(3))?;
        let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
        let status = answer.with_context(|| format!("{address} does not answer"))?.into_inner().status();
        println!("{}", status.as_str_name().to_lowercase());
        Ok(if status == ServingStatus::Serving { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn own(settings: &Settings) -> String {
    let scheme = if settings.tls.certificate.is_some() { "https" } else { "http" };
    format!("{scheme}://127.0.0.1:{}", settings.server.port)
}
