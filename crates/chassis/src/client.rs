//! How one service calls another, and a person's program a service: with a token, a deadline and no retries. Whoever
//! calls decides what to do about silence; for a gate, no answer means no.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use holdpoint_api::common::v1::ErrorDetail;
use jiff::Timestamp;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};

use crate::clock::MachineClock;
use crate::error::{Error, Refused, catalog, detail_of};
use crate::identity::Signer;
use crate::server::remaining;
use crate::telemetry::propagation;

/// A service's own tokens are short: stolen ones soon say nothing.
const OWN_LIFE: Duration = Duration::from_secs(120);
/// A token is renewed this long before its end, so that it does not expire on the way.
const RENEW_AHEAD: Duration = Duration::from_secs(60);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// A channel that speaks for someone. What generated clients are made of.
pub type ServiceChannel = InterceptedService<Channel, Outgoing>;

/// Who speaks on a channel.
#[derive(Clone)]
pub enum Caller {
    /// A service, with tokens it signs itself.
    Service(Arc<OwnTokens>),
    /// Whoever the token says.
    Bearer(MetadataValue<Ascii>),
    /// Nobody: for health.
    Nobody,
}

impl Caller {
    /// A service speaking for itself.
    pub fn service(signer: Signer, clock: MachineClock) -> Self {
        Self::Service(Arc::new(OwnTokens { signer, clock, kept: Mutex::default() }))
    }

    /// Whoever was given the token.
    pub fn bearer(token: &str) -> anyhow::Result<Self> {
        let mut value: MetadataValue<Ascii> = format!("Bearer {}", token.trim())
            .parse()
            .ok()
            .context("the token holds characters that no token has")?;
        value.set_sensitive(true);
        Ok(Self::Bearer(value))
    }
}

/// Opens a channel. It connects when it is first used and again after every break; `deadline` is what a call gets that
/// states none.
pub fn connect(url: &str, caller: Caller, deadline: Duration) -> anyhow::Result<ServiceChannel> {
    connect_with(url, None, caller, deadline)
}

/// The same to an address that may be `https://`, whose server is checked against the settings' authority.
pub fn connect_with(
    url: &str,
    tls: Option<&ClientTlsConfig>,
    caller: Caller,
    deadline: Duration,
) -> anyhow::Result<ServiceChannel> {
    let endpoint = endpoint(url, tls)?;
    Ok(InterceptedService::new(endpoint.connect_lazy(), Outgoing { caller, deadline }))
}

/// An address with the habits of every channel.
pub fn endpoint(url: &str, tls: Option<&ClientTlsConfig>) -> anyhow::Result<Endpoint> {
    let endpoint = Endpoint::from_shared(url.to_owned())
        .with_context(|| format!("`{url}` is no address; one looks like http://safety:7400"))?
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(true);
    if !url.starts_with("https://") {
        return Ok(endpoint);
    }
    let tls = tls.with_context(|| format!("{url} cannot be checked: name its authority in tls.ca"))?;
    endpoint.tls_config(tls.clone()).with_context(|| format!("the certificates for {url} cannot be used"))
}

/// What every outgoing call is given: a token, the trace, and a deadline that is no longer than what is left of the
/// call being served.
#[derive(Clone)]
pub struct Outgoing {
    caller: Caller,
    deadline: Duration,
}

impl Interceptor for Outgoing {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token = match &self.caller {
            Caller::Service(own) => Some(own.current().map_err(Error::from)?),
            Caller::Bearer(token) => Some(token.clone()),
            Caller::Nobody => None,
        };
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", token);
        }
        if request.metadata().get("grpc-timeout").is_none() {
            request.set_timeout(remaining().map_or(self.deadline, |left| left.min(self.deadline)));
        }
        propagation::inject_metadata(request.metadata_mut());
        Ok(request)
    }
}

/// A service's own tokens, signed again before they end.
pub struct OwnTokens {
    signer: Signer,
    clock: MachineClock,
    kept: Mutex<Option<(MetadataValue<Ascii>, Timestamp)>>,
}

impl OwnTokens {
    fn current(&self) -> anyhow::Result<MetadataValue<Ascii>> {
        let now = self.clock.wall();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // A wall clock stepped back would keep a token that is not valid yet for others: sign again as well.
        let fits = |until: &Timestamp| {
            now < *until && until.duration_since(now).unsigned_abs() <= OWN_LIFE - RENEW_AHEAD
        };
        if let Some((token, _)) = kept.as_ref().filter(|(_, until)| fits(until)) {
            return Ok(token.clone());
        }
        let text = self.signer.own_token(OWN_LIFE, &self.clock)?;
        let mut token: MetadataValue<Ascii> =
            format!("Bearer {text}").parse().context("a token is no header")?;
        token.set_sensitive(true);
        *kept = Some((token.clone(), now.saturating_add(OWN_LIFE - RENEW_AHEAD).unwrap_or(now)));
        Ok(token)
    }
}

/// What a failed call to a peer means.
#[derive(Debug, Clone, PartialEq)]
pub enum PeerSays {
    /// The peer judged, and said no.
    No(Code, ErrorDetail),
    /// No judgement arrived: unreachable, late, broken. What was asked may have taken effect or not.
    Silent(String),
}

impl PeerSays {
    /// Reads a failed call. Only what carries our details is a judgement.
    pub fn of(status: &Status) -> Self {
        match detail_of(status) {
            Some(detail) if !matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) => {
                Self::No(status.code(), detail)
            }
            _ => Self::Silent(format!("{:?}", status.code())),
        }
    }

    /// The refusal to answer with when a gate's peer is silent.
    pub fn silent(peer: &str) -> Refused {
        catalog::PEER_SILENT.refuse(format!(
            "{peer} did not answer, and no answer means no; look at {peer}'s health, then try again"
        ))
    }
}
