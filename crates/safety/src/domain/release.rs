//! Decides who releases a hold: two different people in the two roles of its kind, with the paper that the kind asks
//! for. A release takes away exactly one hold. holds.md "Who may place and release", H5.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hold::{Assessed, Hold, HoldKind, HoldState};
use super::ids::Person;

/// The roles in which a release can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignerRole {
    /// Member of the safety board.
    BoardMember,
    /// Principal investigator.
    PrincipalInvestigator,
    /// Investigator.
    Investigator,
    /// Safety officer.
    SafetyOfficer,
    /// Administrator.
    Administrator,
}

/// One of the two signatures.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// Who signs.
    pub by: Person,
    /// In which role; that the person has it is checked before.
    pub role: SignerRole,
    /// Civil time.
    pub at: Timestamp,
    /// Why, in the person's words; never empty.
    pub reason: String,
    /// What the signature rests on.
    pub papers: Papers,
}

/// What a release rests on. An empty text means: not given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Papers {
    /// Reference of the ethics committee's approval.
    pub ethics_reference: String,
    /// The amendment with the lower dose, or the reason for none.
    pub amendment: String,
    /// For a reconciliation: that no hold of the gap is missing.
    pub statement: String,
}

/// A completed release.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Release {
    /// Civil time of the second signature.
    pub at: Timestamp,
    /// Both signatures.
    pub signatures: Vec<Signature>,
}

impl Release {
    /// The first non-empty ethics reference among the signatures.
    pub fn ethics_reference(&self) -> &str {
        self.signatures
            .iter()
            .map(|s| s.papers.ethics_reference.as_str())
            .find(|text| !text.is_empty())
            .unwrap_or("")
    }

    /// Both reasons, for the event.
    pub fn reason(&self) -> String {
        self.signatures.iter().map(|s| s.reason.as_str()).collect::<Vec<_>>().join("; ")
    }
}

/// A paper that a kind of hold asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// `ethics_reference`
    EthicsReference,
    /// `amendment`
    Amendment,
    /// `statement`
    Statement,
}

/// Why a signature is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSigned {
    /// Permanent: nothing releases it.
    Permanent,
    /// Released before.
    AlreadyReleased,
    /// A `Go` may still be on its way.
    NotEffective,
    /// No recorded assessment has found the rule false.
    AssessmentOpen,
    /// The kind asks for other roles.
    WrongRole(BTreeSet<SignerRole>),
    /// This person has signed before, in whatever role.
    SamePerson,
    /// Somebody else has signed in this role.
    RoleTaken,
    /// No reason was given.
    NoReason,
    /// Neither signature brings the paper that the kind asks for.
    PaperMissing(Paper),
}

impl HoldKind {
    /// The two roles whose signatures release a hold of this kind; none for a permanent one.
    pub fn release_roles(&self) -> Option<[SignerRole; 2]> {
        use SignerRole::{Administrator, BoardMember, Investigator, PrincipalInvestigator, SafetyOfficer};
        match self {
            Self::PendingAssessment { .. } => Some([SafetyOfficer, Investigator]),
            Self::PendingBoardDecision | Self::DoseReductionRequired => {
                Some([BoardMember, PrincipalInvestigator])
            }
            Self::Reconciliation => Some([Administrator, PrincipalInvestigator]),
            Self::Permanent => None,
        }
    }

    /// The paper that the kind asks for.
    pub fn release_paper(&self) -> Option<Paper> {
        match self {
            Self::PendingBoardDecision => Some(Paper::EthicsReference),
            Self::DoseReductionRequired => Some(Paper::Amendment),
            Self::Reconciliation => Some(Paper::Statement),
            Self::PendingAssessment { .. } | Self::Permanent => None,
        }
    }
}

impl Papers {
    fn has(&self, paper: Paper) -> bool {
        let text = match paper {
            Paper::EthicsReference => &self.ethics_reference,
            Paper::Amendment => &self.amendment,
            Paper::Statement => &self.statement,
        };
        !text.trim().is_empty()
    }
}

impl Hold {
    /// Takes one signature. The second, by another person in the other role, releases the hold. `epoch` is the
    /// journal number of the row that carries the release.
    pub fn sign(self, signature: Signature, epoch: u64) -> Result<Self, NotSigned> {
        let roles = self.kind.release_roles().ok_or(NotSigned::Permanent)?;
        let (since, mut signatures) = match self.state.clone() {
            HoldState::Placed => return Err(NotSigned::NotEffective),
            HoldState::Released { .. } => return Err(NotSigned::AlreadyReleased),
            HoldState::Effective { since, signatures } => (since, signatures),
        };
        if matches!(self.kind, HoldKind::PendingAssessment { assessed: Assessed::Open, .. }) {
            return Err(NotSigned::AssessmentOpen);
        }
        admit(&signature, &signatures, roles)?;
        signatures.push(signature);
        if signatures.len() < roles.len() {
            return Ok(Self { state: HoldState::Effective { since, signatures }, ..self });
        }
        if let Some(paper) = self.kind.release_paper()
            && !signatures.iter().any(|signature| signature.papers.has(paper))
        {
            return Err(NotSigned::PaperMissing(paper));
        }
        let at = signatures.iter().map(|signature| signature.at).max().unwrap_or(since.at);
        let release = Release { at, signatures };
        Ok(Self { state: HoldState::Released { since, release }, epoch, ..self })
    }

    /// The roles whose signature is still missing.
    pub fn missing_roles(&self) -> Vec<SignerRole> {
        let signed: &[Signature] = match &self.state {
            HoldState::Placed => &[],
            HoldState::Effective { signatures, .. } => signatures,
            HoldState::Released { .. } => return vec![],
        };
        let roles = self.kind.release_roles().into_iter().flatten();
        roles.filter(|role| !signed.iter().any(|s| s.role == *role)).collect()
    }
}

fn admit(signature: &Signature, given: &[Signature], roles: [SignerRole; 2]) -> Result<(), NotSigned> {
    if !roles.contains(&signature.role) {
        return Err(NotSigned::WrongRole(roles.into()));
    }
    if given.iter().any(|earlier| earlier.by == signature.by) {
        return Err(NotSigned::SamePerson);
    }
    if given.iter().any(|earlier| earlier.role == signature.role) {
        return Err(NotSigned::RoleTaken);
    }
    if signature.reason.trim().is_empty() {
        return Err(NotSigned::NoReason);
    }
    Ok(())
}
