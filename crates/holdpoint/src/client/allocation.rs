//! Allocations at a desk: asks, judges what is heard, and acknowledges a valid answer at once. The desk of a subject
//! counts its attempts up, as a bedside does: what was asked once is never asked again under the same number.

use holdpoint_api::enrollment::v1::{AcknowledgeAllocationRequest, RandomizeRequest};
use holdpoint_chassis::clock::MachineClock;

use super::acknowledged::acknowledged;
use super::bedside::{in_time, refused};
use super::{Listener, NoStart, Person};

/// An allocation that was heard in time and acknowledged, or the record of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The arm; empty where the trial keeps the caller from knowing it.
    pub arm: String,
    /// The cohort; empty where the trial has none.
    pub cohort: String,
    /// The permit behind it.
    pub permit: String,
}

/// The desk where one subject is allocated.
#[derive(Clone)]
pub struct Allocation {
    person: Person,
    trial: String,
    subject: String,
    arm: String,
    again_in: String,
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
        let (trial, subject) = (trial.to_owned(), subject.to_owned());
        Self { person, trial, subject, arm: String::new(), again_in: String::new(), listener }
    }

    /// Where the file lets the investigator choose: the arm.
    #[must_use]
    pub fn choosing(self, arm: &str) -> Self {
        Self { arm: arm.to_owned(), ..self }
    }

    /// For somebody who was allocated before: the cohort that takes the same people again.
    #[must_use]
    pub fn again_in(self, cohort: &str) -> Self {
        Self { again_in: cohort.to_owned(), ..self }
    }

    /// As [`Allocation::ask`]; an allocation that stands already comes out as its record. An answer that was acknowledged and heard too
    /// late, or whose acknowledgement had no answer, gave the subject its place for ever: unlike a start, there is nothing to abandon
    /// and nothing to ask again, and the next ask is answered with what stands.
    pub async fn ask_or_read(&mut self, earlier_not_heard: &str) -> Result<Allocated, NoStart> {
        match self.next(earlier_not_heard).await? {
            Heard::Now(allocated) | Heard::Before(_, allocated) => Ok(allocated),
        }
    }

    /// Asks for the allocation in the next attempt, and acknowledges it. `earlier_not_heard` is the person's statement
    /// about the attempt before, needed where that one's answer was given and not acknowledged.
    pub async fn ask(&mut self, earlier_not_heard: &str) -> Result<Allocated, NoStart> {
        match self.next(earlier_not_heard).await? {
            Heard::Now(allocated) => Ok(allocated),
            Heard::Before(attempt, _) => Err(NoStart::RecordOnly { attempt }),
        }
    }

    async fn next(&mut self, earlier_not_heard: &str) -> Result<Heard, NoStart> {
        let ask = self.listener.ask();
        let request = RandomizeRequest {
            act: self.person.act("eligible and consented"),
            trial: self.trial.clone(),
            subject: self.subject.clone(),
            attempt: ask.attempt,
            earlier_not_heard: earlier_not_heard.to_owned(),
            arm: self.arm.clone(),
            cohort: self.again_in.clone(),
        };
        let answer = self.person.enrollment.randomize(request).await.map_err(refused)?.into_inner();
        if answer.record_only {
            let stands = Allocated { arm: answer.arm, cohort: answer.cohort, permit: answer.permit };
            return Ok(Heard::Before(answer.attempt, stands));
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
        Ok(Heard::Now(Allocated { arm: answer.arm, cohort: answer.cohort, permit: go.permit }))
    }
}

/// What an ask came to.
enum Heard {
    /// An answer that was heard in time and acknowledged.
    Now(Allocated),
    /// The record of an attempt that was acknowledged before.
    Before(u32, Allocated),
}
