//! The trial's people, each with clients of their own.

use std::time::Duration;

use holdpoint::client::{Desk, Person, ask, settled};
use holdpoint_chassis::identity::Role;
use tonic::{Response, Status};

use super::Refusal;
use crate::faults::history::{Deed, History, Outcome};

/// How long the services may take to tell each other everything.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everyone who plays, and what they did and heard.
#[derive(Clone)]
pub struct People {
    /// Registers the trial.
    pub administrator: Person,
    /// Principal investigator.
    pub principal: Person,
    /// Investigator.
    pub investigator: Person,
    /// Coordinator.
    pub coordinator: Person,
    /// Pharmacist.
    pub pharmacist: Person,
    /// At the bedside.
    pub nurse: Person,
    /// The second person at the bedside.
    pub second_nurse: Person,
    /// Safety officer.
    pub safety_officer: Person,
    /// Member of the safety board.
    pub board_member: Person,
    /// Auditor.
    pub auditor: Person,
    /// Every call that they made, with its answer.
    pub history: History,
}

impl People {
    pub(super) fn arrive(desk: &Desk) -> anyhow::Result<Self> {
        Ok(Self {
            administrator: desk.person("adam", &[Role::Administrator])?,
            principal: desk.person("lin", &[Role::PrincipalInvestigator])?,
            investigator: desk.person("wei", &[Role::Investigator])?,
            coordinator: desk.person("mei", &[Role::Coordinator])?,
            pharmacist: desk.person("tan", &[Role::Pharmacist])?,
            nurse: desk.person("yan", &[Role::BedsideNurse])?,
            second_nurse: desk.person("hua", &[Role::BedsideNurse])?,
            safety_officer: desk.person("song", &[Role::SafetyOfficer])?,
            board_member: desk.person("bao", &[Role::BoardMember])?,
            auditor: desk.person("otto", &[Role::Auditor])?,
            history: History::default(),
        })
    }

    /// Waits until every service has heard everything of the others.
    pub async fn hush(&self) -> anyhow::Result<()> {
        settled(&self.auditor, PATIENCE).await
    }

    /// Makes a call whose answer says nothing but that it is done, sends it until somebody answers, and writes it down.
    pub(super) async fn noted<C: Clone, M: Clone, R, F>(
        &self,
        deed: Deed,
        (client, message): (&C, M),
        call: impl Fn(C, M) -> F,
    ) -> Result<R, Status>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let number = self.history.sent(deed);
        let answer = ask(client, message, call).await;
        self.history.answered(
            number,
            match &answer {
                Ok(_) => Outcome::Done,
                Err(status) => Outcome::of(&Refusal::from(status.clone())),
            },
        );
        answer
    }

    /// Everyone to whom the principal investigator delegates a role.
    pub fn delegated(&self) -> [(&Person, Role); 8] {
        [
            (&self.investigator, Role::Investigator),
            (&self.coordinator, Role::Coordinator),
            (&self.pharmacist, Role::Pharmacist),
            (&self.nurse, Role::BedsideNurse),
            (&self.second_nurse, Role::BedsideNurse),
            (&self.safety_officer, Role::SafetyOfficer),
            (&self.board_member, Role::BoardMember),
            (&self.auditor, Role::Auditor),
        ]
    }
}
