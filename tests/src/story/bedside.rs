//! Asking for the moment to start, as a listener must: the Go counts from one's own ask, one heard late is not acted on, and a
//! valid one is acknowledged at once.

use std::time::Duration;

use holdpoint::client::{Authorized, Listener};
use holdpoint_api::dosing::v1::dosing_client::DosingClient;
use holdpoint_api::dosing::v1::{AcknowledgeGoRequest, BedsideCheck, StartInfusionRequest};
use holdpoint_chassis::clock::MachineClock;

use super::{Bed, Ears, LOT, Refusal, Story, Subject, TRIAL};
use crate::faults::history::{Deed, Outcome};

/// What is said of an attempt before.
const NOT_HEARD: &str = "the earlier ask was refused; nothing was given";

/// One ask to start an infusion, apart from the story, so that it can run beside other things.
#[derive(Clone)]
pub struct Start {
    /// Where it is.
    pub bed: Bed,
    ears: Ears,
    /// As it is sent.
    pub request: StartInfusionRequest,
}

impl Start {
    /// Asks, and acknowledges a Go that was heard in time: the permit, or why not.
    pub async fn ask(self) -> anyhow::Result<Result<String, Refusal>> {
        let heard = self.clone().hear().await?;
        if let Ok(permit) = &heard {
            self.acknowledge(permit).await?;
        }
        Ok(heard)
    }

    /// Asks and hears, and does not acknowledge: a bedside that falls silent.
    pub async fn hear(self) -> anyhow::Result<Result<String, Refusal>> {
        let history = self.bed.people.history.clone();
        let statement = !self.request.earlier_not_heard.is_empty();
        let call = history.sent(Deed::Begin { thing: self.bed.thing.clone(), statement });
        let heard = self.hear_once().await?;
        history.answered(
            call,
            match &heard {
                Ok(permit) => Outcome::Go { permit: permit.clone() },
                Err(refusal) => Outcome::of(refusal),
            },
        );
        Ok(heard)
    }

    async fn hear_once(self) -> anyhow::Result<Result<String, Refusal>> {
        let mut listener = Listener::after(MachineClock::new(), self.request.attempt - 1);
        let ask = listener.ask();
        let answer = match self.bed.people.nurse.dosing.clone().start_infusion(self.request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => return Ok(Err(status.into())),
        };
        anyhow::ensure!(!answer.record_only, "{} got a record in place of a Go", self.bed.infusion);
        let go = match listener.hear(&ask, &answer.permit, Duration::from_millis(answer.life_ms)) {
            Ok(go) => go,
            Err(not_heard) => return Ok(Err(not_heard.into())),
        };
        self.ears.hear(&self.bed.infusion, &go.permit);
        Ok(Ok(go.permit))
    }

    /// The same asked once more, one attempt higher, with a person's word on this one.
    #[must_use]
    pub fn again(&self) -> Self {
        let request = StartInfusionRequest {
            act: self.bed.people.nurse.act("start at the bedside"),
            attempt: self.request.attempt + 1,
            earlier_not_heard: NOT_HEARD.to_owned(),
            ..self.request.clone()
        };
        Self { request, ..self.clone() }
    }

    /// Acknowledges a Go.
    pub async fn acknowledge(&self, permit: &str) -> anyhow::Result<()> {
        let Bed { people, infusion, .. } = &self.bed;
        let nurse = &people.nurse;
        let request = AcknowledgeGoRequest {
            act: nurse.act("Go heard"),
            trial: TRIAL.to_owned(),
            infusion: infusion.clone(),
            permit: permit.to_owned(),
        };
        let deed = Deed::Acknowledge { permit: permit.to_owned() };
        let sent = (&nurse.dosing, request);
        people
            .noted(deed, sent, |mut dosing: DosingClient<Authorized>, request| async move {
                dosing.acknowledge_go(request).await
            })
            .await?;
        Ok(())
    }
}

impl Story {
    /// The next ask to start a subject's dose.
    pub fn start_of(&mut self, subject: &Subject, dose: usize) -> anyhow::Result<Start> {
        let infusion = self.infusion(subject, dose)?;
        let attempt = self.next_attempt(&infusion);
        let request = StartInfusionRequest {
            act: self.people.nurse.act("start at the bedside"),
            trial: TRIAL.to_owned(),
            infusion,
            attempt,
            earlier_not_heard: if attempt > 1 { NOT_HEARD.to_owned() } else { String::new() },
            check: Some(BedsideCheck {
                subject: subject.id.clone(),
                lot: LOT.to_owned(),
                checked_with: self.people.second_nurse.name.clone(),
            }),
        };
        Ok(Start { bed: self.bed(subject, dose)?, ears: self.ears.clone(), request })
    }

    /// Asks to start a dose, and confirms that the cells flow where a Go was heard.
    pub async fn start(&mut self, subject: &Subject, dose: usize) -> anyhow::Result<Result<(), Refusal>> {
        if let Err(refusal) = self.start_of(subject, dose)?.ask().await? {
            return Ok(Err(refusal));
        }
        self.confirm(subject, dose).await?;
        Ok(Ok(()))
    }
}
