//! A laboratory finding that a person must judge: one for each subject, analyte and episode. A person makes it an
//! adverse event or dismisses it; a correction that takes its results away closes it while it is open, and is told
//! where it was judged already. protocols README, sentence 40.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::adverse_event::Evidence;
use super::ids::{AdverseEventId, CandidateId, Person, SubjectId, TrialId};

/// What labs says of one episode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaboratoryFinding {
    /// Fact of the trial's dictionaries: "creatinine".
    pub fact: String,
    /// Its term: "Creatinine increased".
    pub term: String,
    /// The scale and its version: "CTCAE 5.0".
    pub scale: String,
    /// The worst grade of the episode.
    pub grade: u32,
    /// The grade before treatment.
    pub baseline_grade: u32,
    /// First day of the episode.
    pub from: Option<Date>,
    /// The results that prove it, with their versions.
    pub evidence: Vec<String>,
    /// A correction took them away.
    pub withdrawn: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateState {
    /// Nobody has judged it.
    Open,
    /// It is an adverse event.
    Raised {
        /// Which.
        adverse_event: AdverseEventId,
        /// Who judged.
        by: Person,
        /// Civil time.
        at: Timestamp,
    },
    /// It is none.
    Dismissed {
        /// Who judged.
        by: Person,
        /// Civil time.
        at: Timestamp,
        /// Why, in the person's words.
        reason: String,
        /// The grade that was judged.
        grade: u32,
    },
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Unique for ever, and the same for every change of the episode.
    pub id: CandidateId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// What labs said last.
    pub finding: LaboratoryFinding,
    /// When it was proposed first.
    pub proposed_at: Timestamp,
    /// What became of it.
    pub state: CandidateState,
}

/// What people must be told of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Nothing.
    Nothing,
    /// There is something to judge.
    ToJudge,
    /// What was judged became worse than it was judged.
    Worsened,
    /// The results behind an adverse event were taken away.
    EvidenceWithdrawn,
    /// They were given back.
    EvidenceBack,
}

/// It was judged before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpen {
    /// It is an adverse event already.
    #[error("it was made adverse event {0}")]
    Raised(AdverseEventId),
    /// It was dismissed.
    #[error("it was dismissed: {0}")]
    Dismissed(String),
    /// A correction took its results away.
    #[error("a correction took its results away")]
    Withdrawn,
}

impl Candidate {
    /// A finding that labs proposes for the first time. One that is withdrawn before anybody heard of it is none.
    pub fn propose(
        id: CandidateId,
        trial: TrialId,
        subject: SubjectId,
        finding: LaboratoryFinding,
        at: Timestamp,
    ) -> Option<Self> {
        let open = !finding.withdrawn;
        open.then_some(Self { id, trial, subject, finding, proposed_at: at, state: CandidateState::Open })
    }

    /// Labs says more of the same episode. What a person dismissed is open again only when it is worse than what was
    /// judged.
    pub fn hear(self, finding: LaboratoryFinding) -> (Self, News) {
        let (before, worse) = (&self.finding, finding.grade > self.finding.grade);
        let back = before.withdrawn && !finding.withdrawn;
        let (state, news) = match self.state {
            CandidateState::Open if finding.withdrawn => (CandidateState::Open, News::Nothing),
            CandidateState::Open if back || worse => (CandidateState::Open, News::ToJudge),
            CandidateState::Dismissed { grade, .. } if !finding.withdrawn && finding.grade > grade => {
                (CandidateState::Open, News::ToJudge)
            }
            raised @ CandidateState::Raised { .. } => {
                let news = match (before.withdrawn, finding.withdrawn) {
                    (false, true) => News::EvidenceWithdrawn,
                    (true, false) => News::EvidenceBack,
                    (false, false) if worse => News::Worsened,
                    _ => News::Nothing,
                };
                (raised, news)
            }
            other => (other, News::Nothing),
        };
        (Self { finding, state, ..self }, news)
    }

    /// A person finds that it is an adverse event.
    pub fn raise(self, adverse_event: AdverseEventId, by: Person, at: Timestamp) -> Result<Self, NotOpen> {
        self.open()?;
        Ok(Self { state: CandidateState::Raised { adverse_event, by, at }, ..self })
    }

    /// A person finds that it is none.
    pub fn dismiss(self, by: Person, at: Timestamp, reason: String) -> Result<Self, NotOpen> {
        self.open()?;
        let grade = self.finding.grade;
        Ok(Self { state: CandidateState::Dismissed { by, at, reason, grade }, ..self })
    }

    /// Whether somebody may judge it.
    pub fn open(&self) -> Result<(), NotOpen> {
        match &self.state {
            CandidateState::Open if self.finding.withdrawn => Err(NotOpen::Withdrawn),
            CandidateState::Open => Ok(()),
            CandidateState::Raised { adverse_event, .. } => Err(NotOpen::Raised(adverse_event.clone())),
            CandidateState::Dismissed { reason, .. } => Err(NotOpen::Dismissed(reason.clone())),
        }
    }

    /// Its results, as the adverse event carries them.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            candidate: self.id.clone(),
            results: self.finding.evidence.clone(),
            withdrawn: self.finding.withdrawn,
        }
    }

    /// "open", "adverse-event", "dismissed" or "withdrawn"
    pub fn word(&self) -> &'static str {
        match &self.state {
            CandidateState::Open if self.finding.withdrawn => "withdrawn",
            CandidateState::Open => "open",
            CandidateState::Raised { .. } => "adverse-event",
            CandidateState::Dismissed { .. } => "dismissed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(grade: u32, withdrawn: bool) -> LaboratoryFinding {
        LaboratoryFinding {
            fact: "creatinine".to_owned(),
            term: "Creatinine increased".to_owned(),
            scale: "CTCAE 5.0".to_owned(),
            grade,
            baseline_grade: 0,
            from: None,
            evidence: vec![format!("r-1/{grade}")],
            withdrawn,
        }
    }

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn proposed(grade: u32) -> Candidate {
        Candidate::propose("c".into(), "t".into(), "s".into(), finding(grade, false), AT).unwrap()
    }

    #[test]
    fn one_episode_is_one_candidate_and_told_again_only_when_it_is_worse() {
        let (same, news) = proposed(2).hear(finding(2, false));
        assert_eq!((same.word(), news), ("open", News::Nothing));
        assert_eq!(same.clone().hear(finding(3, false)).1, News::ToJudge);
        assert_eq!(same.hear(finding(1, false)).1, News::Nothing);
    }

    #[test]
    fn a_correction_closes_what_is_open_and_may_open_it_again() {
        let (closed, news) = proposed(3).hear(finding(3, true));
        assert_eq!((closed.word(), news), ("withdrawn", News::Nothing));
        assert_eq!(closed.clone().dismiss("ada".into(), AT, "x".to_owned()), Err(NotOpen::Withdrawn));
        let (again, news) = closed.hear(finding(3, false));
        assert_eq!((again.word(), news), ("open", News::ToJudge));
        assert_eq!(Candidate::propose("c".into(), "t".into(), "s".into(), finding(3, true), AT), None);
    }

    #[test]
    fn what_was_raised_is_raised_once_and_its_evidence_is_followed() {
        let raised = proposed(3).raise("ae".into(), "ada".into(), AT).unwrap();
        assert_eq!(raised.clone().raise("other".into(), "ben".into(), AT), Err(NotOpen::Raised("ae".into())));
        assert_eq!(raised.clone().hear(finding(4, false)).1, News::Worsened);
        let (gone, news) = raised.hear(finding(3, true));
        assert_eq!((gone.word(), news), ("adverse-event", News::EvidenceWithdrawn));
        assert!(gone.evidence().withdrawn);
        assert_eq!(gone.clone().hear(finding(3, true)).1, News::Nothing, "told once");
        assert_eq!(gone.hear(finding(3, false)).1, News::EvidenceBack);
    }

    #[test]
    fn what_was_dismissed_comes_back_only_worse() {
        let dismissed = proposed(2).dismiss("ada".into(), AT, "known before".to_owned()).unwrap();
        let (still, news) = dismissed.hear(finding(2, false));
        assert_eq!((still.word(), news), ("dismissed", News::Nothing));
        let (mild, _) = still.hear(finding(1, false));
        assert_eq!(
            mild.clone().hear(finding(2, false)).0.word(),
            "dismissed",
            "no worse than what was judged"
        );
        let (worse, news) = mild.hear(finding(3, false));
        assert_eq!((worse.word(), news), ("open", News::ToJudge));
    }
}
