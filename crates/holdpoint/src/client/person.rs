//! Typed clients for one person: each call carries the person's token and a deadline.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use holdpoint_api::common::v1::Act;
use holdpoint_api::dosing::v1::dosing_client::DosingClient;
use holdpoint_api::enrollment::v1::enrollment_client::EnrollmentClient;
use holdpoint_api::followup::v1::followup_client::FollowupClient;
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_api::labs::v1::labs_client::LabsClient;
use holdpoint_api::safety::v1::safety_client::SafetyClient;
use holdpoint_chassis::client::endpoint;
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::{Role, Signer};
use holdpoint_chassis::ids::Ids;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, ClientTlsConfig};

use super::Badge;

/// A channel that speaks for a person.
pub type Authorized = InterceptedService<Channel, Badge>;

/// Address of each service, by name: "dosing" -> "http://127.0.0.1:7401".
pub type Addresses = BTreeMap<String, String>;

/// Deadline of a call that states none.
const DEADLINE: Duration = Duration::from_secs(10);

/// Where people are let in: knows the services, and signs for the people it is told of.
#[derive(Clone)]
pub struct Desk {
    channels: BTreeMap<String, Channel>,
    issuer: Signer,
    ids: Ids,
    acts: Arc<AtomicU64>,
    clock: MachineClock,
}

impl Desk {
    /// Connects lazily: a service that is down is found out by the first call.
    pub fn new(addresses: &Addresses, issuer: Signer, ids: Ids) -> anyhow::Result<Self> {
        Self::checking(addresses, None, issuer, ids)
    }

    /// The same where addresses may be `https://`, whose servers are checked against the settings' authority.
    pub fn checking(
        addresses: &Addresses,
        tls: Option<&ClientTlsConfig>,
        issuer: Signer,
        ids: Ids,
    ) -> anyhow::Result<Self> {
        let mut channels = BTreeMap::new();
        for (name, address) in addresses {
            let endpoint = endpoint(address, tls).with_context(|| format!("the address of {name}"))?;
            channels.insert(name.clone(), endpoint.connect_lazy());
        }
        Ok(Self { channels, issuer, ids, clock: MachineClock::new(), acts: Arc::default() })
    }

    /// How many acts the people of this desk have begun: where the number stands still, nobody changed anything.
    pub fn acts(&self) -> u64 {
        self.acts.load(Ordering::Relaxed)
    }

    /// Dates the tokens by another clock than this machine's.
    #[must_use]
    pub fn dated_by(self, clock: MachineClock) -> Self {
        Self { clock, ..self }
    }

    /// A person with the given roles.
    pub fn person(&self, name: &str, roles: &[Role]) -> anyhow::Result<Person> {
        let badge =
            Badge::new(name, roles, self.issuer.clone(), (self.clock.clone(), self.ids.fork(name)), DEADLINE);
        let channel = |service: &str| {
            let channel =
                self.channels.get(service).with_context(|| format!("no address of {service} is known"))?;
            anyhow::Ok(InterceptedService::new(channel.clone(), badge.clone()))
        };
        Ok(Person {
            name: name.to_owned(),
            enrollment: EnrollmentClient::new(channel("enrollment")?),
            dosing: DosingClient::new(channel("dosing")?),
            safety: SafetyClient::new(channel("safety")?),
            labs: LabsClient::new(channel("labs")?),
            followup: FollowupClient::new(channel("followup")?),
            journals: self
                .channels
                .keys()
                .map(|service| anyhow::Ok((service.clone(), JournalClient::new(channel(service)?))))
                .collect::<anyhow::Result<_>>()?,
            ids: self.ids.fork(&format!("acts of {name}")),
            acts: self.acts.clone(),
        })
    }
}

/// One person's clients. Cloning is cheap; clones speak for the same person.
#[derive(Clone)]
pub struct Person {
    /// The person's account name, as journals keep it.
    pub name: String,
    /// Enrollment.
    pub enrollment: EnrollmentClient<Authorized>,
    /// Dosing.
    pub dosing: DosingClient<Authorized>,
    /// Safety.
    pub safety: SafetyClient<Authorized>,
    /// Labs.
    pub labs: LabsClient<Authorized>,
    /// Followup.
    pub followup: FollowupClient<Authorized>,
    /// The journal of each service.
    pub journals: BTreeMap<String, JournalClient<Authorized>>,
    ids: Ids,
    acts: Arc<AtomicU64>,
}

impl Person {
    /// What a changing call says about itself: a request id of its own, and why.
    pub fn act(&self, reason: &str) -> Option<Act> {
        self.acts.fetch_add(1, Ordering::Relaxed);
        Some(Act { request_id: self.ids.next().to_string(), reason: reason.to_owned() })
    }
}
