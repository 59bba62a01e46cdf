//! Decides when a call is shed: too many in flight over all, or of one caller. Shed load is told when to come back.
//! Health is never shed, or a busy server would be restarted for being busy. What its .proto calls urgent (a report, a hold)
//! has room of its own, as much again as all others: no flood of questions turns it away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use holdpoint_api::METHODS;
use tokio::sync::Semaphore;
use tonic::Status;

use crate::config::ServerSettings;
use crate::error::{catalog, retry_after};

/// The calls in flight.
pub(super) struct Load {
    all: Arc<Semaphore>,
    urgent: Arc<Semaphore>,
    max_each: usize,
    each: Arc<Mutex<BTreeMap<String, usize>>>,
    retry_after: Duration,
}

impl Load {
    pub(super) fn new(settings: &ServerSettings) -> Self {
        let room = || Arc::new(Semaphore::new(settings.max_calls.min(Semaphore::MAX_PERMITS)));
        Self {
            all: room(),
            urgent: room(),
            max_each: settings.max_calls_per_principal,
            each: Arc::default(),
            retry_after: Duration::from_millis(settings.retry_after_ms),
        }
    }

    /// The caller's share, until the answer is sent to its end.
    pub(super) fn share_of(&self, principal: &str) -> Result<Share, Status> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let running = each.entry(principal.to_owned()).or_default();
        if *running >= self.max_each {
            return Err(self.shed(&format!("{principal} has {} calls in flight already", self.max_each)));
        }
        *running += 1;
        Ok(Share { principal: principal.to_owned(), each: self.each.clone() })
    }

    /// The room in which a call is counted.
    fn room(&self, path: &str) -> &Arc<Semaphore> {
        let urgent = METHODS.iter().any(|method| method.urgent && method.path == path);
        if urgent { &self.urgent } else { &self.all }
    }

    fn shed(&self, words: &str) -> Status {
        retry_after(catalog::SHED.refuse(words), self.retry_after)
    }
}

/// One call of a caller's share.
pub(super) struct Share {
    principal: String,
    each: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = each.get_mut(&self.principal) {
            *running -= 1;
            if *running == 0 {
                each.remove(&self.principal);
            }
        }
    }
}

/// Admits a call while its handler runs. An open stream counts to its caller's share, not here.
pub(super) async fn admit(State(load): State<Arc<Load>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/grpc.health.v1.Health/") {
        return next.run(request).await;
    }
    let Ok(_place) = load.room(request.uri().path()).clone().try_acquire_owned() else {
        return load.shed("the server has too many calls in flight").into_http();
    };
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_has_room_for_a_report_and_a_hold() {
        let load = Load::new(&ServerSettings { max_calls: 1, ..ServerSettings::default() });
        let question = "/holdpoint.safety.v1.Safety/ListAlerts";
        let taken = load.room(question).clone().try_acquire_owned().unwrap();
        assert!(load.room(question).clone().try_acquire_owned().is_err());
        for urgent in ["ReportAdverseEvent", "PlaceHold", "RunMilestoneRules"] {
            let path = format!("/holdpoint.safety.v1.Safety/{urgent}");
            drop(load.room(&path).clone().try_acquire_owned().unwrap());
        }
        drop(taken);
    }
}
