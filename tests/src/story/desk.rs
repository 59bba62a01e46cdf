//! Asking for an allocation, as a listener must: the answer counts from one's own ask, and is acknowledged at once.

use std::time::Duration;

use holdpoint::client::{Authorized, Listener};
use holdpoint_api::enrollment::v1::enrollment_client::EnrollmentClient;
use holdpoint_api::enrollment::v1::{AcknowledgeAllocationRequest, RandomizeRequest};
use holdpoint_chassis::clock::MachineClock;

use super::{Ears, People, Refusal, Story, TRIAL};
use crate::faults::history::{Deed, Outcome, Thing};

/// What is said of an attempt before.
const NOT_HEARD: &str = "the earlier ask was refused; nothing was shown";

/// One ask for an allocation, apart from the story, so that it can run beside other things.
#[derive(Clone)]
pub struct Allocation {
    people: People,
    ears: Ears,
    subject: String,
    attempt: u32,
}

impl Allocation {
    /// The ask after this one, with a person's word on this.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { attempt: self.attempt + 1, ..self.clone() }
    }

    /// Asks once.
    pub async fn ask(self) -> anyhow::Result<Result<String, Refusal>> {
        let history = self.people.history.clone();
        let thing = Thing { subject: self.subject.clone(), number: 0 };
        let call = history.sent(Deed::Begin { thing, statement: self.attempt > 1 });
        let (arm, permit) = match self.hear().await? {
            Ok(heard) => heard,
            Err(refusal) => {
                history.answered(call, Outcome::of(&refusal));
                return Ok(Err(refusal));
            }
        };
        history.answered(call, Outcome::Go { permit: permit.clone() });
        let coordinator = &self.people.coordinator;
        let request = AcknowledgeAllocationRequest {
            act: coordinator.act("allocation seen"),
            trial: TRIAL.to_owned(),
            subject: self.subject.clone(),
            permit: permit.clone(),
        };
        let sent = (&coordinator.enrollment, request);
        let call = |mut enrollment: EnrollmentClient<Authorized>, request| async move {
            enrollment.acknowledge_allocation(request).await
        };
        self.people.noted(Deed::Acknowledge { permit }, sent, call).await?;
        Ok(Ok(arm))
    }

    /// The arm and the permit, where they were heard in time.
    async fn hear(&self) -> anyhow::Result<Result<(String, String), Refusal>> {
        let coordinator = &self.people.coordinator;
        let mut listener = Listener::after(MachineClock::new(), self.attempt - 1);
        let ask = listener.ask();
        let request = RandomizeRequest {
            act: coordinator.act("eligible and consented"),
            trial: TRIAL.to_owned(),
            subject: self.subject.clone(),
            attempt: ask.attempt,
            earlier_not_heard: if ask.attempt > 1 { NOT_HEARD.to_owned() } else { String::new() },
            ..Default::default()
        };
        let mut enrollment = coordinator.enrollment.clone();
        let answer = match enrollment.randomize(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => return Ok(Err(status.into())),
        };
        anyhow::ensure!(!answer.record_only, "{} was shown a record in place of an allocation", self.subject);
        let go = match listener.hear(&ask, &answer.permit, Duration::from_millis(answer.life_ms)) {
            Ok(go) => go,
            Err(not_heard) => return Ok(Err(not_heard.into())),
        };
        self.ears.hear(&self.subject, &go.permit);
        Ok(Ok((answer.arm, go.permit)))
    }
}

impl Story {
    /// The next ask for a subject's allocation.
    pub fn allocation(&mut self, subject: &str) -> Allocation {
        let attempt = self.next_attempt(subject);
        let (people, ears) = (self.people.clone(), self.ears.clone());
        Allocation { people, ears, subject: subject.to_owned(), attempt }
    }

    /// Asks for a subject's allocation: the arm, or why not.
    pub async fn randomize(&mut self, subject: &str) -> anyhow::Result<Result<String, Refusal>> {
        self.allocation(subject).ask().await
    }

    pub(super) fn next_attempt(&mut self, what: &str) -> u32 {
        let attempt = self.attempts.entry(what.to_owned()).or_default();
        *attempt += 1;
        *attempt
    }
}
