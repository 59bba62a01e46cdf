//! Who plays: the trial's people with their roles.

use holdpoint_chassis::identity::Role;

use crate::client::{Desk, Person};

/// The trial's people.
pub(crate) struct People {
    pub administrator: Person,
    pub principal: Person,
    pub investigator: Person,
    pub coordinator: Person,
    pub pharmacist: Person,
    pub nurse: Person,
    pub second_nurse: Person,
    pub safety_officer: Person,
    pub board_member: Person,
    pub auditor: Person,
    /// The laboratory's information system.
    pub laboratory: Person,
}

impl People {
    pub fn arrive(desk: &Desk) -> anyhow::Result<Self> {
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
            laboratory: desk.person("lis", &[Role::LaboratoryFeed])?,
        })
    }

    /// Everyone whom the principal investigator delegates a role to.
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
