//! Reports, holds and releases. Protocol 7.3.1; holds.md.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::client::{Authorized, Person, ask};
use holdpoint_api::common::v1::{Role, Value, Words, value::Of};
use holdpoint_api::safety::v1::safety_client::SafetyClient;
use holdpoint_api::safety::v1::*;
use tokio::time::{Instant, sleep};
use tonic::Status;

use super::{People, Refusal, Story, TRIAL, proto};
use crate::faults::history::{Deed, Outcome};
use crate::faults::seen::HoldSeen;

/// How long a hold may take to become effective: a permit's life and margin, and a restart's worth of patience.
const TO_BE_EFFECTIVE: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// A report to be made, apart from the story, so that it can run beside other things.
#[derive(Clone)]
pub struct Event {
    people: People,
    /// As it is sent.
    pub request: ReportAdverseEventRequest,
}

/// A hold as its reporter knows it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The hold, effective.
    pub hold: HoldView,
    /// When the reporter knew that it is effective.
    pub known: Instant,
}

impl Event {
    /// Reports, and waits until the hold is known to be effective, from the answer or from the list.
    pub async fn report(self) -> anyhow::Result<Held> {
        let answer = self.clone().send().await.context("report")?;
        let verdicts = &answer.rules;
        ensure!(answer.holds.len() == 1, "one hold is expected: {:?}; {verdicts:?}", answer.holds);
        let id = answer.holds[0].hold.clone();
        if answer.holds[0].state == "effective" {
            return Ok(Held { hold: answer.holds[0].clone(), known: Instant::now() });
        }
        self.people.effective(&id).await
    }

    /// Reports until somebody answers: the same request, however often it is sent.
    pub async fn send(self) -> Result<ReportAdverseEventResponse, Status> {
        let history = &self.people.history;
        let call = history.sent(Deed::Report { term: self.request.term.clone() });
        let client = &self.people.investigator.safety;
        let answer = ask(client, self.request, |mut safety: SafetyClient<Authorized>, request| async move {
            safety.report_adverse_event(request).await
        })
        .await;
        history.answered(
            call,
            match &answer {
                Ok(answer) => {
                    Outcome::Reported { event: answer.adverse_event.clone(), holds: seen(&answer.holds) }
                }
                Err(status) => Outcome::of(&Refusal::from(status.clone())),
            },
        );
        answer
    }

    /// Another event of the same kind, by a term of its own.
    #[must_use]
    pub fn anew(&self, term: &str) -> Self {
        let mut anew = self.clone();
        anew.request.act = self.people.investigator.act("called from intensive care");
        anew.called(term)
    }

    /// The same event by a term of its own.
    #[must_use]
    pub fn called(mut self, term: &str) -> Self {
        term.clone_into(&mut self.request.term);
        self
    }
}

fn seen(holds: &[HoldView]) -> Vec<HoldSeen> {
    holds.iter().map(HoldSeen::from).collect()
}

impl People {
    /// Every hold of the trial, released ones too.
    pub async fn holds(&self) -> anyhow::Result<Vec<HoldView>> {
        self.look(true).await
    }

    /// Every hold that stands.
    pub async fn standing(&self) -> anyhow::Result<Vec<HoldView>> {
        self.look(false).await
    }

    async fn look(&self, include_released: bool) -> anyhow::Result<Vec<HoldView>> {
        let request = ListHoldsRequest { trial: TRIAL.to_owned(), include_released };
        let call = self.history.sent(Deed::Look);
        let answer = self.board_member.safety.clone().list_holds(request).await;
        self.history.answered(
            call,
            match &answer {
                Ok(answer) => {
                    let answer = answer.get_ref();
                    Outcome::Holds { epoch: Some(answer.epoch), holds: seen(&answer.holds) }
                }
                Err(status) => Outcome::of(&Refusal::from(status.clone())),
            },
        );
        Ok(answer.context("list holds")?.into_inner().holds)
    }

    /// Places a hold on the whole trial, asked until somebody answers.
    pub async fn place_hold(&self, why: &str) -> Result<HoldView, Status> {
        use holdpoint_api::common::v1::{Activity, Scope, scope::Of as ScopeOf};
        let officer = &self.safety_officer;
        let request = PlaceHoldRequest {
            act: officer.act(why),
            trial: TRIAL.to_owned(),
            scope: Some(Scope { of: Some(ScopeOf::Trial(true)) }),
            activities: vec![Activity::Randomization.into(), Activity::Dosing.into()],
        };
        let call = self.history.sent(Deed::Place { reason: why.to_owned() });
        let answer =
            ask(&officer.safety, request, |mut safety: SafetyClient<Authorized>, request| async move {
                safety.place_hold(request).await
            })
            .await;
        self.history.answered(
            call,
            match &answer {
                Ok(answer) => Outcome::Holds { epoch: None, holds: seen(answer.hold.as_slice()) },
                Err(status) => Outcome::of(&Refusal::from(status.clone())),
            },
        );
        answer?.hold.ok_or_else(|| Status::data_loss("the answer holds no hold"))
    }

    /// Waits until a hold is known to be effective.
    pub async fn effective(&self, id: &str) -> anyhow::Result<Held> {
        let begun = Instant::now();
        loop {
            let looked = self.standing().await;
            let standing = looked.as_deref().unwrap_or_default();
            let effective =
                standing.iter().find(|hold| hold.hold == id && hold.state == "effective").cloned();
            if let Some(hold) = effective {
                return Ok(Held { hold, known: Instant::now() });
            }
            ensure!(
                begun.elapsed() < TO_BE_EFFECTIVE,
                "hold {id} is not effective after {:?}: {looked:?}",
                begun.elapsed()
            );
            sleep(LOOK).await;
        }
    }

    /// The board member signs, then the principal investigator; the second signature releases that hold.
    pub async fn release(&self, hold: &str) -> anyhow::Result<()> {
        self.signed(hold, &self.board_member, Role::BoardMember, "").await
    }

    async fn signed(&self, hold: &str, other: &Person, role: Role, statement: &str) -> anyhow::Result<()> {
        let first = self.sign((other, role), hold, statement, false).await?;
        ensure!(!first.released, "one signature released {hold}");
        let principal = (&self.principal, Role::PrincipalInvestigator);
        let second = self.sign(principal, hold, statement, true).await?;
        ensure!(second.released, "two signatures did not release {hold}: missing {:?}", second.missing);
        Ok(())
    }

    async fn sign(
        &self,
        (person, role): (&Person, Role),
        hold: &str,
        statement: &str,
        last: bool,
    ) -> anyhow::Result<SignReleaseResponse> {
        let request = SignReleaseRequest {
            act: person.act("decision of the meeting"),
            trial: TRIAL.to_owned(),
            hold: hold.to_owned(),
            as_role: role.into(),
            ethics_reference: "2026-001-04".to_owned(),
            statement: statement.to_owned(),
            ..Default::default()
        };
        let call = self.history.sent(Deed::Sign { hold: hold.to_owned(), last });
        let answer =
            ask(&person.safety, request, |mut safety: SafetyClient<Authorized>, request| async move {
                safety.sign_release(request).await
            })
            .await;
        self.history.answered(
            call,
            match &answer {
                Ok(answer) => Outcome::Signed { released: answer.released },
                Err(status) => Outcome::of(&Refusal::from(status.clone())),
            },
        );
        answer.with_context(|| format!("{} signs the release of {hold}", person.name))
    }

    /// One hold of the trial.
    pub async fn hold(&self, id: &str) -> anyhow::Result<Option<HoldView>> {
        Ok(self.holds().await?.into_iter().find(|hold| hold.hold == id))
    }
}

impl Story {
    /// A subject is on mechanical ventilation since now.
    pub fn ventilation(&self, subject: &str) -> Event {
        let fact = |fact: &str, of: Of| AdverseEventFact {
            fact: fact.to_owned(),
            value: Some(Value { of: Some(of), unit: String::new() }),
            since: proto(self.now()),
            ..Default::default()
        };
        let criteria = Words { word: vec!["life-threatening".to_owned()] };
        let request = ReportAdverseEventRequest {
            act: self.people.investigator.act("called from intensive care"),
            trial: TRIAL.to_owned(),
            subject: subject.to_owned(),
            term: "Respiratory failure".to_owned(),
            onset: proto(self.now()),
            facts: vec![
                fact("grade", Of::Number("4".to_owned())),
                fact("mechanical-ventilation", Of::Yes(true)),
                fact("relatedness", Of::Word("unlikely".to_owned())),
                fact("serious", Of::Yes(true)),
                fact("outcome", Of::Word("not-recovered".to_owned())),
                fact("criterion", Of::Words(criteria)),
            ],
            aware_at: proto(self.now()),
            ..Default::default()
        };
        Event { people: self.people.clone(), request }
    }

    /// A person holds the whole trial by hand; answers when the hold is known to be effective.
    pub async fn place_hold(&self, why: &str) -> anyhow::Result<Held> {
        let placed = self.people.place_hold(why).await.context("place a hold")?;
        self.people.effective(&placed.hold).await
    }

    /// The board member signs, then the principal investigator; the second signature releases that hold.
    pub async fn release(&self, hold: &str) -> anyhow::Result<()> {
        self.people.release(hold).await
    }

    /// The administrator signs, then the principal investigator, on the statement for the gap: a reconciliation ends.
    pub async fn reconcile(&self, hold: &str, statement: &str) -> anyhow::Result<()> {
        self.people.signed(hold, &self.people.administrator, Role::Administrator, statement).await
    }
}
