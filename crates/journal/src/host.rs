//! What a service is given by the process that runs it, and what it gives back: the same for all five, whether one runs
//! alone or all run together.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_bus::Bus;
use holdpoint_chassis::client::ServiceChannel;
use holdpoint_chassis::clock::{CivilClock, MachineClock};
use holdpoint_chassis::config::Settings;
use holdpoint_chassis::ids::Ids;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{Follower, FollowerParts, Patience, Peer, Reactor, Relay, Store, Watch};

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

impl Deps {
    /// Follows the journal of a peer.
    pub fn follow(&self, peer: Peer, reactor: impl Reactor, watch: &Arc<dyn Watch>) -> Follower {
        Follower::new(FollowerParts {
            store: self.store.clone(),
            peer,
            bus: self.bus.clone(),
            reactor: Arc::new(reactor),
            watch: watch.clone(),
            civil: self.civil.clone(),
            patience: Patience::default(),
        })
    }

    /// Publishes the service's own journal.
    pub fn relay(&self) -> Relay {
        Relay::new(self.store.clone(), self.bus.clone(), self.machine.clone())
    }
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

    /// The journal of a service. Fails where the settings name no address of it.
    pub fn journal(&self, service: &str) -> anyhow::Result<Peer> {
        Ok(Peer::new(service, self.channel(service)?))
    }

    /// Whether a service can be called.
    pub fn knows(&self, service: &str) -> bool {
        self.channels.contains_key(service)
    }
}

/// A task that must live as long as the service: its name, and what it does until it is shut down.
pub type Task = (String, BoxFuture<'static, anyhow::Result<()>>);

/// A task of this name.
pub fn task(name: impl Into<String>, work: impl Future<Output = ()> + Send + 'static) -> Task {
    (name.into(), work.map(Ok).boxed())
}

/// What every service does by itself: it publishes its own journal and reads its peers'.
pub fn reading(
    relay: Relay,
    followers: impl IntoIterator<Item = Follower>,
    stop: &CancellationToken,
) -> Vec<Task> {
    let follow =
        |follower: Follower| task(format!("follow {}", follower.source()), follower.run(stop.clone()));
    let published = task("relay", relay.run(stop.clone()));
    std::iter::once(published).chain(followers.into_iter().map(follow)).collect()
}

/// A built service: what it serves, and what it does by itself.
pub struct Hosted {
    /// "dosing"
    pub name: &'static str,
    /// Its gRPC services, its journal's among them.
    pub routes: Routes,
    /// Its relay, followers and reconcilers. One that ends before the shutdown ends the process.
    pub tasks: Vec<Task>,
}
