//! Starts at the bedside: asks, judges what is heard, and acknowledges a valid Go at once, before anything is opened. Only
//! what comes out of here as `Go` may be acted on.

use holdpoint_api::dosing::v1::{AcknowledgeGoRequest, BedsideCheck, StartInfusionRequest};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::error::detail_of;
use tonic::{Request, Status};

use super::acknowledged::{EACH, acknowledged};
use super::again::passes;
use super::{Go, Listener, NotHeard, Person};

/// Why nothing may start.
#[derive(Debug, thiserror::Error)]
pub enum NoStart {
    /// The service refused, or did not answer.
    #[error("{}", .0.message())]
    Refused(Box<Status>),
    /// The answer was heard too late, after waking, or is of a lower attempt.
    #[error(transparent)]
    NotHeard(#[from] NotHeard),
    /// This attempt was heard and acknowledged before; the answer is the record of it.
    #[error("attempt {attempt} was acknowledged before: this is the record of it, not a Go")]
    RecordOnly {
        /// The attempt.
        attempt: u32,
    },
    /// The Go was valid, and its acknowledgement did not get through in its life; the service may have heard it.
    #[error("the Go could not be acknowledged: do not start, and abandon this start; {}", .0.message())]
    NotAcknowledged(Box<Status>),
    /// The Go was heard and acknowledged, and is not valid any more: the service counts it as heard until it is abandoned.
    #[error("heard but late: do not start, and abandon this start; after the acknowledgement, {0}")]
    HeardButLate(NotHeard),
}

impl NoStart {
    /// Whether another attempt may be heard: nobody judged this one, or its answer was lost on the way.
    pub fn passes(&self) -> bool {
        match self {
            Self::Refused(status) => passes(status),
            _ => true,
        }
    }

    /// Whether the service may count the Go as heard: then nothing starts before this start is abandoned.
    pub fn may_count_as_heard(&self) -> bool {
        matches!(self, Self::RecordOnly { .. } | Self::NotAcknowledged(_) | Self::HeardButLate(_))
    }

    /// The holds that stand in the way, where that is why.
    pub fn holds(&self) -> Vec<String> {
        self.status().and_then(detail_of).map(|detail| detail.holds).unwrap_or_default()
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused(status) | Self::NotAcknowledged(status) => Some(status),
            _ => None,
        }
    }
}

/// What is to be started.
#[derive(Debug, Clone)]
pub struct StartOf {
    /// The trial.
    pub trial: String,
    /// The infusion.
    pub infusion: String,
    /// What was read off wristband and bag, and who read with us.
    pub check: BedsideCheck,
}

/// The bedside of one infusion.
pub struct Bedside {
    person: Person,
    of: StartOf,
    listener: Listener,
}

impl Bedside {
    /// A bedside that asked nothing yet.
    pub fn new(person: Person, of: StartOf) -> Self {
        Self { person, of, listener: Listener::new(MachineClock::new()) }
    }

    /// A bedside that takes over after an earlier attempt.
    pub fn after(person: Person, of: StartOf, attempt: u32) -> Self {
        Self { person, of, listener: Listener::after(MachineClock::new(), attempt) }
    }

    /// Asks for the moment to start. `earlier_not_heard` is the person's statement about the attempt before, needed from
    /// the second attempt on.
    pub async fn start(&mut self, earlier_not_heard: &str) -> Result<Go, NoStart> {
        let ask = self.listener.ask();
        let request = StartInfusionRequest {
            act: self.person.act("start at the bedside"),
            trial: self.of.trial.clone(),
            infusion: self.of.infusion.clone(),
            attempt: ask.attempt,
            earlier_not_heard: earlier_not_heard.to_owned(),
            check: Some(self.of.check.clone()),
        };
        let answer = self.person.dosing.start_infusion(request).await.map_err(refused)?.into_inner();
        if answer.record_only {
            return Err(NoStart::RecordOnly { attempt: answer.attempt });
        }
        let (person, of) = (&self.person, &self.of);
        let act = person.act("Go heard");
        acknowledged(&self.listener, &ask, (&answer.permit, answer.life_ms), || {
            let request = in_time(AcknowledgeGoRequest {
                act: act.clone(),
                trial: of.trial.clone(),
                infusion: of.infusion.clone(),
                permit: answer.permit.clone(),
            });
            let mut dosing = person.dosing.clone();
            async move { dosing.acknowledge_go(request).await.map(drop) }
        })
        .await
    }
}

/// An acknowledgement tells the service how long its answer is waited for.
pub(super) fn in_time<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(EACH);
    request
}

pub(super) fn refused(status: Status) -> NoStart {
    NoStart::Refused(Box::new(status))
}
