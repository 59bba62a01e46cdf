//! What an orchestrator asks over HTTP, on a port of its own: is the process alive, is it ready, which version is it.
//! Nothing about trials or people is told here.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::lifecycle::Shutdown;
use crate::metrics::METRICS;

/// How one part of the process stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "why", rename_all = "kebab-case")]
pub enum Condition {
    /// Works.
    Ready,
    /// Refuses some work on purpose and says why: safe, and no reason to restart.
    DegradedButSafe(String),
    /// Does not work.
    NotReady(String),
}

/// How the parts stand, by name. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    parts: Arc<RwLock<BTreeMap<&'static str, Condition>>>,
}

impl Readiness {
    /// Sets how a part stands.
    pub fn set(&self, part: &'static str, condition: Condition) {
        self.parts.write().unwrap_or_else(PoisonError::into_inner).insert(part, condition);
    }

    /// Every part, by name.
    pub fn parts(&self) -> BTreeMap<&'static str, Condition> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ready when at least one part is known and none is not ready.
    pub fn is_ready(&self) -> bool {
        let parts = self.parts();
        !parts.is_empty() && !parts.values().any(|part| matches!(part, Condition::NotReady(_)))
    }
}

/// What runs.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    /// The service's name.
    pub service: String,
    /// The release.
    pub version: &'static str,
    /// What the process is for.
    pub mode: crate::config::Mode,
}

/// How Prometheus's text is called.
const FIGURES: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/livez`, `/readyz`, `/version`, `/metrics`.
pub fn router(readiness: Readiness, version: Version, shutdown: Shutdown) -> Router {
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .with_state((readiness, shutdown))
        .route("/version", get(async move || Json(version.clone())))
        .route("/metrics", get(async || ([(CONTENT_TYPE, FIGURES)], METRICS.text())))
}

/// Serves the endpoint until shutdown.
pub async fn serve(
    listener: TcpListener,
    readiness: Readiness,
    version: Version,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let router = router(readiness, version, shutdown.clone());
    axum::serve(listener, router)
        .with_graceful_shutdown(async move { shutdown.requested().await })
        .await
        .context("the operations endpoint broke")
}

async fn ready(State((readiness, shutdown)): State<(Readiness, Shutdown)>) -> (StatusCode, Json<Value>) {
    let ready = readiness.is_ready() && !shutdown.is_requested();
    let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(json!({ "ready": ready, "draining": shutdown.is_requested(), "parts": readiness.parts() })))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn status(router: &Router, path: &str) -> StatusCode {
        router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn ready_only_when_every_part_is_and_nothing_drains() {
        let (readiness, shutdown) = (Readiness::default(), Shutdown::new());
        let version = Version { service: "dosing".into(), version: "0.1.0", mode: crate::config::Mode::Test };
        let router = router(readiness.clone(), version, shutdown.clone());
        assert_eq!(status(&router, "/livez").await, StatusCode::OK);
        assert_eq!(status(&router, "/version").await, StatusCode::OK);
        assert_eq!(status(&router, "/metrics").await, StatusCode::OK);
        assert_eq!(status(&router, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE, "nothing is known yet");
        readiness.set("store", Condition::Ready);
        readiness.set("peers", Condition::DegradedButSafe("safety is silent: starts are refused".into()));
        assert_eq!(status(&router, "/readyz").await, StatusCode::OK);
        readiness.set("store", Condition::NotReady("cannot connect".into()));
        assert_eq!(status(&router, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
        readiness.set("store", Condition::Ready);
        shutdown.request();
        assert_eq!(status(&router, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(&router, "/livez").await, StatusCode::OK, "draining is no reason to be killed");
    }
}
