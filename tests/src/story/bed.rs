//! The bed where one dose is given: what a nurse says of a start after its Go. Each word is sent until somebody answers.

use anyhow::Context as _;
use holdpoint::client::Authorized;
use holdpoint_api::dosing::v1::dosing_client::DosingClient;
use holdpoint_api::dosing::v1::{AbandonStartRequest, CompleteInfusionRequest, ConfirmStartRequest};
use jiff::Timestamp;

use super::{People, TRIAL, proto};
use crate::faults::history::{Deed, Thing};

/// Dosing, as a person calls it.
type Dosing = DosingClient<Authorized>;

/// The bed.
#[derive(Clone)]
pub struct Bed {
    pub(super) people: People,
    pub(super) infusion: String,
    pub(super) thing: Thing,
    pub(super) cells: String,
}

impl Bed {
    /// The cells flow.
    pub async fn confirm(&self, at: Timestamp) -> anyhow::Result<()> {
        let nurse = &self.people.nurse;
        let request = ConfirmStartRequest {
            act: nurse.act("cells flow"),
            trial: TRIAL.to_owned(),
            infusion: self.infusion.clone(),
            at: proto(at),
        };
        let call = |mut dosing: Dosing, request| async move { dosing.confirm_start(request).await };
        let deed = Deed::Confirm(self.thing.clone());
        let answer = self.people.noted(deed, (&nurse.dosing, request), call).await;
        answer.with_context(|| format!("confirm {:?}", self.thing)).map(drop)
    }

    /// A person says that nothing was given.
    pub async fn abandon(&self) -> anyhow::Result<()> {
        let nurse = &self.people.nurse;
        let request = AbandonStartRequest {
            act: nurse.act("the line was never opened; the bag went back"),
            trial: TRIAL.to_owned(),
            infusion: self.infusion.clone(),
        };
        let call = |mut dosing: Dosing, request| async move { dosing.abandon_start(request).await };
        let deed = Deed::Abandon(self.thing.clone());
        let answer = self.people.noted(deed, (&nurse.dosing, request), call).await;
        answer.with_context(|| format!("abandon {:?}", self.thing)).map(drop)
    }

    /// The bag is empty.
    pub async fn complete(&self, at: Timestamp) -> anyhow::Result<()> {
        let nurse = &self.people.nurse;
        let request = CompleteInfusionRequest {
            act: nurse.act("bag empty"),
            trial: TRIAL.to_owned(),
            infusion: self.infusion.clone(),
            at: proto(at),
            cells: self.cells.clone(),
            stopped_early: false,
            deviation: String::new(),
        };
        let call = |mut dosing: Dosing, request| async move { dosing.complete_infusion(request).await };
        let deed = Deed::Complete(self.thing.clone());
        let answer = self.people.noted(deed, (&nurse.dosing, request), call).await;
        answer.with_context(|| format!("complete {:?}", self.thing)).map(drop)
    }
}
