//! The server stack, read top to bottom: what every call passes before a service sees it. Deny by default, every call
//! with a deadline, load shed before it hurts, streams that end with their token.

mod access;
mod body;
mod complete;
mod deadline;
mod gate;
mod handler;
mod load;
mod trace;
mod words;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::ServerTlsConfig;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::{Service, ServiceBuilder};

pub use access::Access;
pub use handler::{actor, spawned, with_retries};

use crate::clock::MachineClock;
use crate::config::{Reflection, ServerSettings};
use crate::identity::Keyring;
use crate::lifecycle::Shutdown;
use deadline::Deadlines;
use gate::Gate;
use load::Load;

pub(crate) use deadline::remaining;

/// The largest request that is decoded. It is tonic's own default, which a generated server takes unless told
/// otherwise; a test holds it to this.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;

/// One gRPC server: health, reflection and the services added to it, behind the stack.
pub struct Server {
    settings: ServerSettings,
    access: Access,
    clock: MachineClock,
    health: HealthReporter,
    routes: Routes,
    tls: Option<ServerTlsConfig>,
}

impl Server {
    /// A server with health and, as the settings say, reflection. Tokens are judged by the keys and the machine's wall
    /// clock; who may call what is read from [`holdpoint_api::METHODS`].
    pub fn new(settings: &ServerSettings, keyring: Keyring, clock: MachineClock) -> anyhow::Result<Self> {
        let (health, service) = tonic_health::server::health_reporter();
        let mut routes = Routes::new(service);
        if settings.reflection != Reflection::Closed {
            let v1 = reflection().build_v1().context("the descriptor set cannot be served")?;
            let v1alpha = reflection().build_v1alpha().context("the descriptor set cannot be served")?;
            routes = routes.add_service(v1).add_service(v1alpha);
        }
        let access = Access::new(keyring, settings.reflection)?;
        Ok(Self { settings: settings.clone(), access, clock, health, routes, tls: None })
    }

    /// Serves over TLS, where there is a certificate to show.
    #[must_use]
    pub fn tls(self, tls: Option<ServerTlsConfig>) -> Self {
        Self { tls, ..self }
    }

    /// Adds a generated service.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "a server is no number; `add` is what one does with services"
    )]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self
    }

    /// Adds the routes that a service built.
    #[must_use]
    pub fn add_routes(mut self, routes: Routes) -> Self {
        let more = routes.into_axum_router().reset_fallback();
        self.routes = self.routes.into_axum_router().merge(more).into();
        self
    }

    /// Tells how single services stand; the server itself is told by [`Self::serve`].
    pub fn health(&self) -> HealthReporter {
        self.health.clone()
    }

    /// Serves until shutdown is requested: then takes no more connections, ends streams, and gives running calls the
    /// settings' time to finish.
    pub async fn serve(self, listener: TcpListener, shutdown: &Shutdown) -> anyhow::Result<()> {
        let health = self.health.clone();
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let mut builder = transport(&self.settings);
        if let Some(tls) = &self.tls {
            builder = builder.tls_config(tls.clone()).context("the server's certificate cannot be used")?;
        }
        let drain = Duration::from_secs(self.settings.drain_s);
        let router = builder.add_routes(self.stacked(shutdown));
        health.set_service_status("", ServingStatus::Serving).await;
        let serving = router.serve_with_incoming_shutdown(incoming, async {
            shutdown.requested().await;
            health.set_service_status("", ServingStatus::NotServing).await;
        });
        let late = async {
            shutdown.requested().await;
            tokio::time::sleep(drain).await;
        };
        tokio::select! {
            served = serving => served.context("the gRPC server broke"),
            () = late => {
                tracing::warn!(drain_s = self.settings.drain_s, "calls were still running at the end of the drain");
                Ok(())
            }
        }
    }

    /// The stack, outermost first.
    fn stacked(&self, shutdown: &Shutdown) -> Routes {
        let load = Arc::new(Load::new(&self.settings));
        let deadlines = Arc::new(Deadlines::new(&self.settings, self.access.methods()));
        let gate =
            Arc::new(Gate::new(self.access.clone(), self.clock.clone(), shutdown.token(), load.clone()));
        let stack = ServiceBuilder::new()
            // First, so that every line logged below belongs to the call's span and trace.
            .layer(from_fn_with_state(self.clock.clone(), trace::within_span))
            // Around all that answers in the library's own words.
            .layer(from_fn(words::plain))
            // Outside of the work, so that the caller hears in time though the work goes on.
            .layer(from_fn_with_state(deadlines, deadline::within))
            // What is begun runs to its end, also when the caller has gone.
            .layer(from_fn_with_state(shutdown.clone(), complete::to_the_end))
            // Shed before any work is done, the check of a signature included.
            .layer(from_fn_with_state(load, load::admit))
            // Who is calling, and may they; then the caller's own share, and streams that end with the token.
            .layer(from_fn_with_state(gate, gate::pass));
        self.routes.clone().into_axum_router().layer(stack).into()
    }
}

fn reflection<'a>() -> tonic_reflection::server::Builder<'a> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(holdpoint_api::DESCRIPTOR)
}

/// The limits of connections. No grace beyond the age: streams end with their tokens anyway.
fn transport(settings: &ServerSettings) -> tonic::transport::Server {
    tonic::transport::Server::builder()
        .max_concurrent_streams(settings.max_streams_per_connection)
        .http2_max_header_list_size(settings.max_header_bytes)
        .http2_keepalive_interval(Some(Duration::from_secs(settings.keepalive_s)))
        .http2_keepalive_timeout(Some(Duration::from_secs(settings.keepalive_timeout_s)))
        .max_connection_age(Duration::from_secs(settings.max_connection_age_min.saturating_mul(60)))
}
