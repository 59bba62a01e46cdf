//! What a service is given by the process that runs it, and what it gives back: the same for all five, whether one runs
//! alone or all run together.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use futures::future::BoxFuture;
use holdpoint_bus::Bus;
use holdpoint_chassis::client::ServiceChannel;
use holdpoint_chassis::clock::{CivilClock, MachineClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::ids::Ids;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::Store;

/// Everything a service is built from. It opens nothing itself.
pub struct Deps {
    /// The process's settings; a service reads its own section.
    pub settings: Settings,
    /// The service's own database, its tables made.
    pub store: Store,
    /// The doorbell.
    pub bus: Arc<dyn Bus>,
    /// Clinical dates.
    pub civil: Arc<dyn CivilClock>,
    /// Permit lives, leases, time-outs.
    pub machine: MachineClock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// The other services.
    pub peers: Peers,
    /// Cancelled when the process ends; tasks then come to their end.
    pub shutdown: CancellationToken,
}

/// The other services, as this one may call them: each channel signs calls as this service and gives them a deadline.
#[derive(Clone, Default)]
pub struct Peers {
    channels: BTreeMap<String, ServiceChannel>,
}

impl Peers {
    /// Peers by name.
    pub fn new(channels: impl IntoIterator<Item = (String, ServiceChannel)>) -> Self {
        Self { channels: channels.into_iter().collect() }
    }

    /// The channel to a service: `SafetyClient::new(peers.channel("safety")?)`. Fails where the settings name no address of it.
    pub fn channel(&self, service: &str) -> anyhow::Result<ServiceChannel> {
        let channel = self.channels.get(service).cloned();
        channel.with_context(|| format!("no address of {service} is known: set `peers.{service}`"))
    }

    /// Names of the services that can be called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.channels.keys().map(String::as_str)
    }
}

/// A task that must live as long as the service: its name, and what it does until it is shut down.
pub type Task = (&'static str, BoxFuture<'static, anyhow::Result<()>>);

/// A built service: what it serves, and what it does by itself.
pub struct Hosted {
    /// "dosing"
    pub name: &'static str,
    /// Its gRPC services, its journal's among them.
    pub routes: Routes,
    /// Its relay, followers and reconcilers. One that ends before the shutdown ends the process.
    pub tasks: Vec<Task>,
}
