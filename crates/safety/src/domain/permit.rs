//! A permit: leave for one activity, once, for one subject and one numbered infusion (or one randomization).
//! Decides who gets one, and what each fact from the asker's journal makes of it. holds.md steps 1 to 5, H2, H4, H10.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hold::Hold;
use super::ids::{AskId, HoldId, InfusionId, PermitId, TrialId};
use super::scope::{Activity, Placement};
use super::suspension::Heard;

/// How long a permit lives, and how much sooner and later the two sides stop to count on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// Milliseconds from the ask in which a `Go` may be heard.
    pub life_ms: u64,
    /// Milliseconds: the asker gives up this much before the life is over, safety waits this much longer.
    pub margin_ms: u64,
}

impl Terms {
    /// The longest life that may be configured, with the margin: what a restored safety assumes of permits that it
    /// has forgotten.
    pub const LONGEST_LIFE_MS: u64 = 30_000;

    /// After this long on a true clock nobody can hear a `Go` under the permit.
    pub fn over_after(&self) -> Duration {
        Duration::from_millis(self.life_ms.saturating_add(self.margin_ms))
    }

    /// The same margin with the longest life: the terms of a permit whose own are forgotten.
    pub fn longest(self) -> Self {
        Self { life_ms: Self::LONGEST_LIFE_MS.max(self.life_ms), ..self }
    }
}

/// What is asked for, and where the asker believes the subject stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Fresh for every ask.
    pub ask: AskId,
    /// Trial of the subject.
    pub trial: TrialId,
    /// What would start.
    pub activity: Activity,
    /// The asker's own view; for a randomization every arm and cohort it could lead to.
    pub placement: Placement,
    /// Absent for a randomization.
    pub infusion: Option<InfusionId>,
    /// The infusion's number, 1 upward; for a randomization how often the subject was allocated before.
    pub number: u32,
    /// The asker's attempt at this start.
    pub attempt: u32,
}

impl Ask {
    /// What safety assumes that it was asked for a permit which it has forgotten and a peer's journal names: for an
    /// infusion, absent for an allocation, of this number.
    pub fn forgotten(
        trial: TrialId,
        permit: &PermitId,
        placement: Placement,
        (infusion, number): (Option<InfusionId>, u32),
    ) -> Self {
        let activity = match (&infusion, number) {
            (None, _) => Activity::Randomization,
            (Some(_), 1) => Activity::FirstDose,
            (Some(_), _) => Activity::Dosing,
        };
        let ask = format!("adopted-{permit}").into();
        Self { ask, trial, activity, placement, infusion, number, attempt: 0 }
    }
}

/// Can its `Go` still be heard?
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PermitState {
    /// Unsettled: a `Go` may be on its way.
    Out,
    /// A valid `Go` was acknowledged as heard.
    Heard,
    /// Returned, or never to be heard; or a person says that it was not acted on.
    Void {
        /// A person's statement stands behind it.
        stated: bool,
    },
}

/// What became of the infusion or allocation. Informs the ledger and the in-flight list; settles nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Nothing was heard of it.
    NotBegun,
    /// The asker claimed the permit.
    Starting(Timestamp),
    /// Nobody said in time whether it began.
    Unconfirmed(Timestamp),
    /// The bedside says that it began.
    Started(Timestamp),
    /// It is over, in full or stopped early.
    Completed(Timestamp),
}

/// One permit as safety keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permit {
    /// Random id.
    pub id: PermitId,
    /// What was asked.
    pub asked: Ask,
    /// Life and margin as written in the permit.
    pub terms: Terms,
    /// Civil time of issue, for the record; never used to count a life.
    pub issued_at: Timestamp,
    /// Epoch of the trial at issue.
    pub epoch: u64,
    /// Met in a peer's journal by a safety that had lost it.
    pub adopted: bool,
    /// Can its `Go` still be heard?
    pub state: PermitState,
    /// What became of it.
    pub progress: Progress,
    /// When the infusion began, as last told; kept after completion for the dose ledger.
    pub began_at: Option<Timestamp>,
    /// When its `Go` was heard, for the record; decides nothing.
    #[serde(default)]
    pub heard: Option<Heard>,
}

/// Why no permit is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPermit {
    /// These holds cover it.
    Held(BTreeSet<HoldId>),
    /// An earlier permit for the same infusion, or the same allocation, is not void.
    EarlierNotVoid(PermitId),
    /// A dose was asked for without saying which.
    NoInfusion,
}

/// What safety knows when it is asked.
#[derive(Debug)]
pub struct View<'a> {
    /// Safety's own view of the subject; absent where it knows nothing of it.
    pub own: Option<&'a Placement>,
    /// Every hold of the trial that may stand.
    pub holds: &'a [Hold],
    /// Every permit of the subject that may stand.
    pub permits: &'a [Permit],
}

/// What is decided elsewhere and only written into the permit.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Random id.
    pub id: PermitId,
    /// Life and margin.
    pub terms: Terms,
    /// Civil time.
    pub at: Timestamp,
    /// Epoch of the trial.
    pub epoch: u64,
}

/// Decides one ask. Every covering hold is named, in either side's view.
pub fn issue(asked: Ask, view: &View<'_>, issue: Issue) -> Result<Permit, NoPermit> {
    let dose = asked.activity != Activity::Randomization;
    if dose && (asked.infusion.is_none() || asked.number == 0) {
        return Err(NoPermit::NoInfusion);
    }
    let held = covering(&asked, view);
    if !held.is_empty() {
        return Err(NoPermit::Held(held));
    }
    if let Some(earlier) = view.permits.iter().find(|permit| permit.bars(&asked)) {
        return Err(NoPermit::EarlierNotVoid(earlier.id.clone()));
    }
    Ok(Permit::new(asked, issue, false))
}

/// The holds that cover an ask. A dose asked for as a later one counts as a first as well, while safety knows of no
/// earlier dose: unknown counts as covered.
fn covering(asked: &Ask, view: &View<'_>) -> BTreeSet<HoldId> {
    let mut activities = BTreeSet::from([asked.activity]);
    if asked.activity == Activity::Dosing && !view.permits.iter().any(Permit::is_dose) {
        activities.insert(Activity::FirstDose);
    }
    let views: Vec<&Placement> = std::iter::once(&asked.placement).chain(view.own).collect();
    view.holds
        .iter()
        .filter(|hold| hold.stops_any(&activities) && hold.scope.covers_any(views.iter().copied()))
        .map(|hold| hold.id.clone())
        .collect()
}

impl Permit {
    fn new(asked: Ask, issue: Issue, adopted: bool) -> Self {
        Self {
            id: issue.id,
            asked,
            terms: issue.terms,
            issued_at: issue.at,
            epoch: issue.epoch,
            adopted,
            state: PermitState::Out,
            progress: Progress::NotBegun,
            began_at: None,
            heard: None,
        }
    }

    /// A permit that a peer's journal names and safety does not know: safety has forgotten it, so it counts.
    pub fn adopt(asked: Ask, issue: Issue) -> Self {
        Self::new(asked, issue, true)
    }

    /// Whether this permit stands in the way of a further one for the same thing. The number counts beside the
    /// infusion's id, so that an infusion planned anew after a restore is not given twice (H10). Of allocations it says
    /// how often the subject was allocated before: somebody may be treated again in a further cohort, once.
    fn bars(&self, asked: &Ask) -> bool {
        if self.is_void() || self.asked.placement.subject != asked.placement.subject {
            return false;
        }
        let (mine, theirs) = (self.is_dose_kind(), asked.activity != Activity::Randomization);
        match (mine, theirs) {
            (true, true) => self.asked.infusion == asked.infusion || self.asked.number == asked.number,
            (false, false) => self.asked.number == asked.number,
            _ => false,
        }
    }

    fn is_dose_kind(&self) -> bool {
        self.asked.activity != Activity::Randomization
    }

    /// Whether every rule counts it as a dose: each permit not known to be void (protocols README, sentence 13).
    pub fn is_dose(&self) -> bool {
        self.is_dose_kind() && !self.is_void()
    }

    /// Whether its `Go` is known as heard, or its infusion as begun: such a one is not voided by the word that the `Go`
    /// was not heard.
    pub fn has_begun(&self) -> bool {
        self.state == PermitState::Heard || self.began_at.is_some()
    }

    /// Known to be void.
    pub fn is_void(&self) -> bool {
        matches!(self.state, PermitState::Void { .. })
    }

    /// Whether a `Go` under it may still be on its way.
    pub fn is_unsettled(&self) -> bool {
        self.state == PermitState::Out
    }

    /// However old, not void and not known to be over (holds.md, "In flight").
    pub fn is_in_flight(&self) -> bool {
        !self.is_void() && !matches!(self.progress, Progress::Completed(_))
    }

    /// "out", "settled", "void" or "completed", as GetPermit shows it.
    pub fn word(&self) -> &'static str {
        match (&self.state, &self.progress) {
            (PermitState::Void { .. }, _) => "void",
            (_, Progress::Completed(_)) => "completed",
            (PermitState::Heard, _) => "settled",
            (PermitState::Out, _) => "out",
        }
    }
}
