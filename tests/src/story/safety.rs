//! Reports, holds and releases. Protocol 7.3.1; holds.md.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::client::Person;
use holdpoint_api::common::v1::{Role, Value, Words, value::Of};
use holdpoint_api::safety::v1::*;
use tokio::time::Instant;

use super::{People, Story, TRIAL, proto};
use crate::house::until;

/// How long a hold may take to become effective: a permit's life and margin, and a restart's worth of patience.
const TO_BE_EFFECTIVE: Duration = Duration::from_secs(30);

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
        let mut safety = self.people.investigator.safety.clone();
        let answer = safety.report_adverse_event(self.request).await.context("report")?.into_inner();
        let verdicts = &answer.rules;
        ensure!(answer.holds.len() == 1, "one hold is expected: {:?}; {verdicts:?}", answer.holds);
        let id = answer.holds[0].hold.clone();
        if answer.holds[0].state == "effective" {
            return Ok(Held { hold: answer.holds[0].clone(), known: Instant::now() });
        }
        until("the hold is effective", TO_BE_EFFECTIVE, async || {
            let found = self.people.hold(&id).await?;
            let effective = found.filter(|hold| hold.state == "effective");
            Ok(effective.map(|hold| Held { hold, known: Instant::now() }))
        })
        .await
    }
}

impl People {
    /// Every hold of the trial, released ones too.
    pub async fn holds(&self) -> anyhow::Result<Vec<HoldView>> {
        let request = ListHoldsRequest { trial: TRIAL.to_owned(), include_released: true };
        Ok(self
            .board_member
            .safety
            .clone()
            .list_holds(request)
            .await
            .context("list holds")?
            .into_inner()
            .holds)
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
        use holdpoint_api::common::v1::{Activity, Scope, scope::Of as ScopeOf};
        let officer = &self.people.safety_officer;
        let request = PlaceHoldRequest {
            act: officer.act(why),
            trial: TRIAL.to_owned(),
            scope: Some(Scope { of: Some(ScopeOf::Trial(true)) }),
            activities: vec![Activity::Randomization.into(), Activity::Dosing.into()],
        };
        let placed = officer.safety.clone().place_hold(request).await.context("place a hold")?.into_inner();
        let id = placed.hold.context("the hold placed")?.hold;
        until("the hold placed by hand is effective", TO_BE_EFFECTIVE, async || {
            let found = self.people.hold(&id).await?;
            let effective = found.filter(|hold| hold.state == "effective");
            Ok(effective.map(|hold| Held { hold, known: Instant::now() }))
        })
        .await
    }

    /// The board member signs, then the principal investigator; the second signature releases that hold.
    pub async fn release(&self, hold: &str) -> anyhow::Result<()> {
        self.signed(hold, &self.people.board_member, Role::BoardMember, "").await
    }

    /// The administrator signs, then the principal investigator, on the statement for the gap: a reconciliation ends.
    pub async fn reconcile(&self, hold: &str, statement: &str) -> anyhow::Result<()> {
        self.signed(hold, &self.people.administrator, Role::Administrator, statement).await
    }

    async fn signed(&self, hold: &str, other: &Person, role: Role, statement: &str) -> anyhow::Result<()> {
        let first = sign(other, role, hold, statement).await?;
        ensure!(!first.released, "one signature released {hold}");
        let second = sign(&self.people.principal, Role::PrincipalInvestigator, hold, statement).await?;
        ensure!(second.released, "two signatures did not release {hold}: missing {:?}", second.missing);
        Ok(())
    }
}

async fn sign(
    person: &Person,
    role: Role,
    hold: &str,
    statement: &str,
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
    let answer = person.safety.clone().sign_release(request).await;
    Ok(answer.with_context(|| format!("{} signs the release of {hold}", person.name))?.into_inner())
}
