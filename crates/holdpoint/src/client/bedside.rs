//! Starts at the bedside, and allocations at a desk: asks, judges what is heard, and acknowledges a valid Go at once,
//! before anything is opened. Only what comes out of here as `Go` may be acted on.

use holdpoint_api::dosing::v1::{AcknowledgeGoRequest, BedsideCheck, StartInfusionRequest};
use holdpoint_api::enrollment::v1::{AcknowledgeAllocationRequest, RandomizeRequest};
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

/// An allocation that was heard in time and acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The arm.
    pub arm: String,
    /// The cohort, where the trial has cohorts.
    pub cohort: String,
    /// The permit behind it.
    pub permit: String,
}

/// The desk where one subject is allocated. Attempts count up, as at a bedside.
pub struct Allocation {
    person: Person,
    trial: String,
    subject: String,
    listener: Listener,
}

impl Allocation {
    /// A desk that asked nothing yet.
    pub fn new(person: Person, trial: &str, subject: &str) -> Self {
        Self::after(person, trial, subject, 0)
    }

    /// A desk that takes over after an earlier attempt.
    pub fn after(person: Person, trial: &str, subject: &str, attempt: u32) -> Self {
        let listener = Listener::after(MachineClock::new(), attempt);
        Self { person, trial: trial.to_owned(), subject: subject.to_owned(), listener }
    }

    /// Asks for the allocation in the next attempt, and acknowledges it. `earlier_not_heard` is the person's statement
    /// about the attempt before, needed where that one's answer was given and not acknowledged.
    pub async fn ask(&mut self, earlier_not_heard: &str) -> Result<Allocated, NoStart> {
        let ask = self.listener.ask();
        let request = RandomizeRequest {
            act: self.person.act("eligible and consented"),
            trial: self.trial.clone(),
            subject: self.subject.clone(),
            attempt: ask.attempt,
            earlier_not_heard: earlier_not_heard.to_owned(),
        };
        let answer = self.person.enrollment.randomize(request).await.map_err(refused)?.into_inner();
        if answer.record_only {
            return Err(NoStart::RecordOnly { attempt: answer.attempt });
        }
        let person = &self.person;
        let act = person.act("allocation seen");
        let go = acknowledged(&self.listener, &ask, (&answer.permit, answer.life_ms), || {
            let request = in_time(AcknowledgeAllocationRequest {
                act: act.clone(),
                trial: self.trial.clone(),
                subject: self.subject.clone(),
                permit: answer.permit.clone(),
            });
            let mut enrollment = person.enrollment.clone();
            async move { enrollment.acknowledge_allocation(request).await.map(drop) }
        })
        .await?;
        Ok(Allocated { arm: answer.arm, cohort: answer.cohort, permit: go.permit })
    }
}

/// Asks for the allocation of one subject that nobody asked for before.
pub async fn randomize(person: &Person, trial: &str, subject: &str) -> Result<Allocated, NoStart> {
    Allocation::new(person.clone(), trial, subject).ask("").await
}

/// An acknowledgement tells the service how long its answer is waited for.
fn in_time<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(EACH);
    request
}

fn refused(status: Status) -> NoStart {
    NoStart::Refused(Box::new(status))
}
