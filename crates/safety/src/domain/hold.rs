//! A hold: what it covers, why it was placed and in which state it is. `Placed -> Effective -> Released`, never
//! edited, each released on its own; `Permanent` never is. holds.md "Words", step 6, H5, H6.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::effective::How;
use super::ids::{AdverseEventId, HoldId, InfusionId, Peer, PermitId, Person, RuleId, SubjectId, TrialId};
use super::permit::Permit;
use super::release::{Release, Signature};
use super::scope::{Activity, Placement, Scope};

/// What ends a hold (the table of holds.md).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// A rule held on an unknown or unset fact.
    PendingAssessment {
        /// What the hold becomes if a recorded assessment finds the rule true.
        if_true: FinalKind,
        /// What the last recorded assessment found.
        assessed: Assessed,
    },
    /// The safety board decides.
    PendingBoardDecision,
    /// A lower dose is to be agreed.
    DoseReductionRequired,
    /// A service went back in time.
    Reconciliation,
    /// Never released.
    Permanent,
}

/// The kinds that an assessment can make of a pending hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinalKind {
    /// As a suspension.
    PendingBoardDecision,
    /// As a hold for a dose reduction.
    DoseReductionRequired,
    /// As the end of a subject's treatment.
    Permanent,
}

/// Where the assessment of a pending hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assessed {
    /// Not recorded, or recorded and the rule is still unknown.
    Open,
    /// The recorded assessment makes the rule false: people may release, nothing releases itself.
    RuleFalse,
}

impl From<FinalKind> for HoldKind {
    fn from(kind: FinalKind) -> Self {
        match kind {
            FinalKind::PendingBoardDecision => Self::PendingBoardDecision,
            FinalKind::DoseReductionRequired => Self::DoseReductionRequired,
            FinalKind::Permanent => Self::Permanent,
        }
    }
}

/// Why a hold was placed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A rule of the trial file, about one thing that happened.
    Rule(RuleCause),
    /// A person, in the words of the hold's reason.
    Person,
    /// A service lacks rows that another has seen.
    WentBack(Peer),
    /// A peer's journal names a hold that safety has forgotten.
    Forgotten,
}

/// A rule and what woke it. The same rule and cause place one hold, however often asked (sentence 9).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleCause {
    /// Id of the rule in the trial file.
    pub rule: RuleId,
    /// The adverse event, the milestone or the signature that woke it.
    pub of: String,
    /// The adverse event, where it was one.
    pub adverse_event: Option<AdverseEventId>,
}

/// A permit out when a hold was placed, whose infusion or allocation is not known to be over.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InFlight {
    /// The permit.
    pub permit: PermitId,
    /// What it allows.
    pub activity: Activity,
    /// Of which subject.
    pub subject: SubjectId,
    /// Which infusion; absent for an allocation.
    pub infusion: Option<InfusionId>,
    /// The infusion's number; 0 for an allocation.
    pub number: u32,
    /// Whether its `Go` was settled when the hold was placed.
    pub settled: bool,
}

impl From<&Permit> for InFlight {
    fn from(permit: &Permit) -> Self {
        Self {
            permit: permit.id.clone(),
            activity: permit.asked.activity,
            subject: permit.asked.placement.subject.clone(),
            infusion: permit.asked.infusion.clone(),
            number: permit.asked.number,
            settled: !permit.is_unsettled(),
        }
    }
}

/// When and how a hold became effective.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Effectiveness {
    /// Civil time.
    pub at: Timestamp,
    /// What made it so.
    pub how: How,
    /// Machine time from the placing to this, in milliseconds; absent where an instance restarted in between.
    pub after_ms: Option<u64>,
}

/// Where a hold stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldState {
    /// No permit covers any more; a `Go` given before may still be on its way.
    Placed,
    /// Nobody can hear a valid `Go` for what it covers.
    Effective {
        /// Since when and how.
        since: Effectiveness,
        /// Of the signatures that its release asks for, those given.
        signatures: Vec<Signature>,
    },
    /// Lifted by two people.
    Released {
        /// Since when and how it had been effective.
        since: Effectiveness,
        /// By whom and on what paper.
        release: Release,
    },
}

/// One hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// Random id.
    pub id: HoldId,
    /// Trial it stands in.
    pub trial: TrialId,
    /// What it covers.
    pub scope: Scope,
    /// What it stops there.
    pub activities: BTreeSet<Activity>,
    /// What ends it.
    pub kind: HoldKind,
    /// Why it was placed.
    pub cause: Cause,
    /// The same in words for people: "rule suspend-ventilation (Protocol 7.3.1)".
    pub reason: String,
    /// Who placed it; safety itself for a rule.
    pub placed_by: Person,
    /// Civil time of the placing.
    pub placed_at: Timestamp,
    /// Journal number of this hold's last transition.
    pub epoch: u64,
    /// What was in flight when it was placed, and what was found to have been.
    pub in_flight: Vec<InFlight>,
    /// Where it stands.
    pub state: HoldState,
}

/// What is decided before a hold is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// Random id.
    pub id: HoldId,
    /// Trial.
    pub trial: TrialId,
    /// What it covers.
    pub scope: Scope,
    /// What it stops there.
    pub activities: BTreeSet<Activity>,
    /// What ends it.
    pub kind: HoldKind,
    /// Why.
    pub cause: Cause,
    /// Why, in words.
    pub reason: String,
    /// By whom.
    pub by: Person,
    /// Civil time.
    pub at: Timestamp,
    /// Journal number of the row that carries it.
    pub epoch: u64,
}

/// Why a hold did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldUnchanged {
    /// It has been effective already: the compare of the compare-and-set.
    #[error("the hold is effective already")]
    AlreadyEffective,
    /// It is not pending an assessment.
    #[error("the hold is not pending an assessment")]
    NotPending,
    /// It was released.
    #[error("the hold is released")]
    AlreadyReleased,
}

impl Hold {
    /// Places a hold and lists what is in flight: every covered permit, however old, that is not void and whose
    /// infusion is not completed. `permits` comes with safety's own view of each permit's subject.
    pub fn place<'a>(
        placing: Placing,
        permits: impl IntoIterator<Item = (&'a Permit, Option<&'a Placement>)>,
    ) -> Self {
        let mut hold = Self {
            id: placing.id,
            trial: placing.trial,
            scope: placing.scope,
            activities: placing.activities,
            kind: placing.kind,
            cause: placing.cause,
            reason: placing.reason,
            placed_by: placing.by,
            placed_at: placing.at,
            epoch: placing.epoch,
            in_flight: vec![],
            state: HoldState::Placed,
        };
        for (permit, own) in permits {
            hold.list(permit, own);
        }
        hold
    }

    /// Puts a permit on the list where the hold covers it and it is in flight. Also for a permit that a restored
    /// safety adopts. Answers whether it was added.
    pub fn list(&mut self, permit: &Permit, own: Option<&Placement>) -> bool {
        let listed = self.in_flight.iter().any(|known| known.permit == permit.id);
        let add = self.stands() && !listed && permit.is_in_flight() && self.covers(permit, own);
        if add {
            self.in_flight.push(permit.into());
        }
        add
    }

    /// Whether it covers a permit, in either side's view. A later dose counts as a possible first one here: who is
    /// told of one infusion too many loses nothing.
    pub(super) fn covers(&self, permit: &Permit, own: Option<&Placement>) -> bool {
        let asked = &permit.asked;
        let dose = asked.activity != Activity::Randomization;
        let stopped = self.activities.iter().any(|stops| {
            stops.stops(asked.activity) || (dose && asked.number == 1 && stops.stops(Activity::FirstDose))
        });
        stopped && self.scope.covers_any(std::iter::once(&asked.placement).chain(own))
    }

    /// Stands, and nobody has signed its release yet.
    pub fn is_unsigned(&self) -> bool {
        match &self.state {
            HoldState::Placed => true,
            HoldState::Effective { signatures, .. } => signatures.is_empty(),
            HoldState::Released { .. } => false,
        }
    }

    /// Not released.
    pub fn stands(&self) -> bool {
        !matches!(self.state, HoldState::Released { .. })
    }

    /// Stands because this service went back in time and nobody has reconciled it.
    pub fn stands_for_gap_of(&self, service: &Peer) -> bool {
        self.stands() && matches!(&self.cause, Cause::WentBack(back) if back == service)
    }

    /// Placed, and somebody may still hear a `Go`.
    pub fn is_waiting(&self) -> bool {
        self.state == HoldState::Placed
    }

    /// Whether it stands and stops one of the activities.
    pub fn stops_any(&self, activities: &BTreeSet<Activity>) -> bool {
        self.stands() && self.activities.iter().any(|mine| activities.iter().any(|other| mine.stops(*other)))
    }

    /// `Placed -> Effective`, once.
    pub fn make_effective(self, since: Effectiveness, epoch: u64) -> Result<Self, HoldUnchanged> {
        match self.state {
            HoldState::Placed => {
                Ok(Self { state: HoldState::Effective { since, signatures: vec![] }, epoch, ..self })
            }
            _ => Err(HoldUnchanged::AlreadyEffective),
        }
    }

    /// A recorded assessment answers the rule of a pending hold. True makes the hold final, false lets people
    /// release it, unknown leaves all as it is (sentence 4). Signatures given on other grounds are dropped.
    pub fn assess(self, rule_true: Option<bool>, epoch: u64) -> Result<Self, HoldUnchanged> {
        let HoldKind::PendingAssessment { if_true, assessed } = self.kind.clone() else {
            return Err(HoldUnchanged::NotPending);
        };
        if !self.stands() {
            return Err(HoldUnchanged::AlreadyReleased);
        }
        let kind = match rule_true {
            Some(true) => if_true.into(),
            Some(false) => HoldKind::PendingAssessment { if_true, assessed: Assessed::RuleFalse },
            None => HoldKind::PendingAssessment { if_true, assessed: Assessed::Open },
        };
        if kind == (HoldKind::PendingAssessment { if_true, assessed }) {
            return Ok(self);
        }
        Ok(Self { kind, epoch, ..self.without_signatures() })
    }

    /// More became known without an assessment, and the rule is not false: an earlier "false" stops carrying a
    /// release, and a further assessment is needed.
    pub fn reopen(self, epoch: u64) -> Result<Self, HoldUnchanged> {
        self.assess(None, epoch)
    }

    fn without_signatures(self) -> Self {
        match self.state {
            HoldState::Effective { since, .. } => {
                Self { state: HoldState::Effective { since, signatures: vec![] }, ..self }
            }
            state => Self { state, ..self },
        }
    }

    /// "placed", "effective" or "released".
    pub fn word(&self) -> &'static str {
        match self.state {
            HoldState::Placed => "placed",
            HoldState::Effective { .. } => "effective",
            HoldState::Released { .. } => "released",
        }
    }
}
