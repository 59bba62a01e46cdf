//! An adverse event: what was told of it, version by version. It is taken however incomplete; nothing told is lost,
//! and only a recorded assessment ends what is pending (protocols README, sentences 4 and 7).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fact::{Change, GivenFact, History, Since};
use super::ids::{AdverseEventId, CandidateId, SubjectId, TrialId};

/// One adverse event as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdverseEvent {
    /// Its id.
    pub id: AdverseEventId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// CTCAE term or the reporter's words.
    pub term: String,
    /// Its first onset. Decides no window (sentence 10).
    pub onset: Since,
    /// When the reporter became aware: the reporting clock starts here.
    pub aware_at: Timestamp,
    /// When safety took the report.
    pub reported_at: Timestamp,
    /// Counts reports, updates and assessments, from 1.
    pub version: u32,
    /// Every value that each fact took.
    pub facts: BTreeMap<String, History>,
    /// The laboratory finding that it was raised from.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

/// What a laboratory's results have to do with an adverse event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The finding.
    pub candidate: CandidateId,
    /// The results that prove it, with their versions: "r-17/2".
    pub results: Vec<String>,
    /// A correction took them away. Nothing is released by that: people decide what becomes of the event.
    pub withdrawn: bool,
}

/// A first report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Id for the event.
    pub id: AdverseEventId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// What it is called.
    pub term: String,
    /// First onset.
    pub onset: Since,
    /// When the reporter became aware; absent: on receipt.
    pub aware_at: Option<Timestamp>,
    /// What is known of it.
    pub facts: Vec<GivenFact>,
    /// The laboratory finding that it was raised from.
    pub evidence: Option<Evidence>,
}

/// What a further version brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Facts given or corrected.
    pub facts: Vec<GivenFact>,
    /// A corrected onset; unknown leaves it.
    pub onset: Since,
    /// A corrected term.
    pub term: Option<String>,
}

impl AdverseEvent {
    /// Takes a report in as version 1.
    pub fn report(report: Report, received: Timestamp) -> Self {
        let mut event = Self {
            id: report.id,
            trial: report.trial,
            subject: report.subject,
            term: report.term,
            onset: report.onset,
            aware_at: report.aware_at.unwrap_or(received).min(received),
            reported_at: received,
            version: 1,
            facts: BTreeMap::new(),
            evidence: report.evidence,
        };
        event.take(report.facts, false);
        event
    }

    /// More is known, or earlier words were wrong: the next version.
    pub fn update(mut self, update: Update) -> Self {
        self.version += 1;
        if update.onset != Since::Unknown {
            self.onset = update.onset;
        }
        if let Some(term) = update.term {
            self.term = term;
        }
        self.take(update.facts, false);
        self
    }

    /// A recorded assessment: the next version, its facts marked as assessed.
    pub fn assess(mut self, facts: Vec<GivenFact>) -> Self {
        self.version += 1;
        self.take(facts, true);
        self
    }

    /// The results behind it were changed, taken away or given back: the next version. None where nothing differs.
    pub fn amend(mut self, evidence: Evidence) -> Option<Self> {
        if self.evidence.as_ref() == Some(&evidence) {
            return None;
        }
        self.version += 1;
        self.evidence = Some(evidence);
        Some(self)
    }

    fn take(&mut self, facts: Vec<GivenFact>, assessed: bool) {
        for given in facts {
            let change = Change { value: given.value, since: given.since, version: self.version, assessed };
            self.facts.entry(given.fact).or_default().take(change);
        }
    }

    /// The latest value of a fact.
    pub fn fact(&self, fact: &str) -> Option<&Change> {
        self.facts.get(fact).and_then(History::latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactValue;

    fn fact(id: &str, value: FactValue) -> GivenFact {
        GivenFact { fact: id.to_owned(), value, since: Since::Unknown }
    }

    fn reported() -> AdverseEvent {
        let report = Report {
            id: "ae".into(),
            trial: "pgf-msc".into(),
            subject: "P-017".into(),
            term: "Respiratory failure".to_owned(),
            onset: Since::Unknown,
            aware_at: None,
            facts: vec![fact("mechanical-ventilation", FactValue::Yes(true))],
            evidence: None,
        };
        AdverseEvent::report(report, Timestamp::from_second(100).unwrap())
    }

    #[test]
    fn awareness_is_on_receipt_when_not_told() {
        assert_eq!(reported().aware_at, reported().reported_at);
    }

    #[test]
    fn an_update_keeps_what_it_does_not_mention() {
        let event = reported().update(Update { facts: vec![], onset: Since::Unknown, term: None });
        assert_eq!((event.version, event.term.as_str()), (2, "Respiratory failure"));
        assert_eq!(event.fact("mechanical-ventilation").map(|c| &c.value), Some(&FactValue::Yes(true)));
    }

    #[test]
    fn an_assessment_marks_what_it_judges() {
        let event = reported().assess(vec![fact("relatedness", FactValue::Word("unrelated".to_owned()))]);
        assert!(event.fact("relatedness").unwrap().assessed);
        assert!(!event.fact("mechanical-ventilation").unwrap().assessed);
    }
}
