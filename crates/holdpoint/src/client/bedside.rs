//! Starts at the bedside, and allocations at a desk: asks, judges what is heard, and acknowledges a valid Go at once,
//! before anything is opened. Only what comes out of here as `Go` may be acted on.

use std::time::Duration;

use holdpoint_api::dosing::v1::{AcknowledgeGoRequest, BedsideCheck, StartInfusionRequest};
use holdpoint_api::enrollment::v1::{AcknowledgeAllocationRequest, RandomizeRequest};
use holdpoint_chassis::clock::MachineClock;
use tonic::Status;

use super::{Go, Listener, NotHeard, Person};

/// How often an acknowledgement is sent before the Go is given up. It keeps its request id.
const ACKNOWLEDGEMENTS: usize = 3;

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
    /// The Go was valid, and its acknowledgement did not get through.
    #[error("the Go could not be acknowledged: do not start; {}", .0.message())]
    NotAcknowledged(Box<Status>),
}

impl NoStart {
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
        let go = self.listener.hear(&ask, &answer.permit, Duration::from_millis(answer.life_ms))?;
        self.acknowledge(&go).await?;
        Ok(go)
    }

    async fn acknowledge(&mut self, go: &Go) -> Result<(), NoStart> {
        let request = AcknowledgeGoRequest {
            act: self.person.act("Go heard"),
            trial: self.of.trial.clone(),
            infusion: self.of.infusion.clone(),
            permit: go.permit.clone(),
        };
        let mut last = Status::unavailable("not sent");
        for _ in 0..ACKNOWLEDGEMENTS {
            match self.person.dosing.acknowledge_go(request.clone()).await {
                Ok(_) => return Ok(()),
                Err(status) => last = status,
            }
        }
        Err(NoStart::NotAcknowledged(Box::new(last)))
    }
}

/// An allocation that was heard in time and acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The arm.
    pub arm: String,
    /// The permit behind it.
    pub permit: String,
}

/// Asks for the allocation of one subject, in the first attempt, and acknowledges it.
pub async fn randomize(person: &Person, trial: &str, subject: &str) -> Result<Allocated, NoStart> {
    let mut listener = Listener::new(MachineClock::new());
    let ask = listener.ask();
    let request = RandomizeRequest {
        act: person.act("eligible and consented"),
        trial: trial.to_owned(),
        subject: subject.to_owned(),
        attempt: ask.attempt,
        earlier_not_heard: String::new(),
    };
    let mut enrollment = person.enrollment.clone();
    let answer = enrollment.randomize(request).await.map_err(refused)?.into_inner();
    if answer.record_only {
        return Err(NoStart::RecordOnly { attempt: answer.attempt });
    }
    let go = listener.hear(&ask, &answer.permit, Duration::from_millis(answer.life_ms))?;
    let request = AcknowledgeAllocationRequest {
        act: person.act("allocation seen"),
        trial: trial.to_owned(),
        subject: subject.to_owned(),
        permit: go.permit.clone(),
    };
    let acknowledged = enrollment.acknowledge_allocation(request).await;
    acknowledged.map_err(|status| NoStart::NotAcknowledged(Box::new(status)))?;
    Ok(Allocated { arm: answer.arm, permit: go.permit })
}

fn refused(status: Status) -> NoStart {
    NoStart::Refused(Box::new(status))
}
