//! A drug with a ladder as a subject takes it: started, moved up and down, stopped, resumed, ended. People set it; a step
//! up or a resumption that no line of the file's ladder proposes is refused (Protocol 5.1; protocols README, sentences 18
//! to 21). At 50 platelets or above no line proposes one.

use holdpoint_protocol::eval::Chart;
use holdpoint_protocol::eval::ladder::{
    Advice, Advised, ChangeRefused, DrugStanding, DrugState, advise_on, judge_change,
};
use holdpoint_protocol::model::Ladder;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::ids::{RegimenId, SubjectId, TrialId};
use super::refusal::Refusal;

/// What a person does with the drug; where it stays taken, the level from then on, 1 for the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// For the first time.
    Started(u32),
    /// A higher level.
    Up(u32),
    /// A lower level.
    Down(u32),
    /// Not taken until it is resumed.
    Stopped,
    /// Taken again.
    Resumed(u32),
    /// For good.
    Ended,
}

/// A change as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// What.
    pub change: Change,
    /// From which day on, at the site.
    pub date: Date,
    /// Why, in the person's words.
    pub reason: String,
    /// What the ladder said.
    pub advice: String,
    /// Who set it.
    pub by: String,
    /// When it was set.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

/// A drug and its changes, first to last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drug {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The regimen with the ladder.
    pub regimen: RegimenId,
    /// What was done with it.
    pub changes: Vec<Made>,
}

impl Change {
    /// Every word that a change is written with.
    pub const WORDS: &'static str = "started, up, down, stopped, resumed or ended";

    /// Reads a word and its level; the level is 0 with what ends or stops. None where they do not go together.
    pub fn from_word(word: &str, level: u32) -> Option<Self> {
        let change = match word {
            "started" => Self::Started(level),
            "up" => Self::Up(level),
            "down" => Self::Down(level),
            "resumed" => Self::Resumed(level),
            "stopped" => Self::Stopped,
            "ended" => Self::Ended,
            _ => return None,
        };
        (change.level().is_some() == (level > 0)).then_some(change)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Up(_) => "up",
            Self::Down(_) => "down",
            Self::Stopped => "stopped",
            Self::Resumed(_) => "resumed",
            Self::Ended => "ended",
        }
    }

    /// The level from then on; none while it is not taken.
    pub fn level(self) -> Option<u32> {
        match self {
            Self::Started(level) | Self::Up(level) | Self::Down(level) | Self::Resumed(level) => Some(level),
            Self::Stopped | Self::Ended => None,
        }
    }
}

impl Drug {
    /// One that was never started.
    pub fn not_started(trial: TrialId, subject: SubjectId, regimen: RegimenId) -> Self {
        Self { trial, subject, regimen, changes: vec![] }
    }

    /// Where it stands; none before it was started.
    pub fn state(&self) -> Option<DrugState> {
        let last = self.changes.last()?;
        let level = self.changes.iter().rev().find_map(|made| made.change.level())?;
        let standing = match last.change {
            Change::Stopped => DrugStanding::Stopped,
            Change::Ended => DrugStanding::Ended,
            _ => DrugStanding::Taken,
        };
        Some(DrugState { level, since: Some(last.date), standing })
    }

    /// The word of where it stands.
    pub fn standing_word(&self) -> &'static str {
        match self.state().map(|state| state.standing) {
            None => "not started",
            Some(DrugStanding::Taken) => "taken",
            Some(DrugStanding::Stopped) => "stopped",
            Some(DrugStanding::Ended) => "ended",
        }
    }

    /// What the ladder advises on a day.
    pub fn advice(&self, ladder: &Ladder, chart: &Chart, today: Date) -> Advised {
        match self.state() {
            Some(state) => advise_on(ladder, &state, chart, today),
            None => Advised {
                advice: Advice::NoChange,
                line: None,
                reason: "the drug was not started".to_owned(),
            },
        }
    }

    /// Judges a change on its day and answers what the ladder said then. A step up or a resumption must be proposed on
    /// its day and on the day it is set: a count that has risen since refuses it.
    pub fn judge(
        &self,
        ladder: &Ladder,
        chart: &Chart,
        (change, date): (Change, Date),
        today: Date,
    ) -> Result<Advised, Refusal> {
        let earliest = self.changes.last().map_or(Date::MIN, |last| last.date);
        if date < earliest || date > today {
            return Err(Refusal::DayOutside { field: "date", found: date, from: earliest, to: today });
        }
        let advised = self.advice(ladder, chart, date);
        let wanted = self.wanted(ladder, change)?;
        if let (Some(state), Some(wanted)) = (self.state(), wanted) {
            judge_change(ladder, &state, &advised, wanted)?;
            if matches!(change, Change::Up(_) | Change::Resumed(_)) {
                judge_change(ladder, &state, &self.advice(ladder, chart, today), wanted)?;
            }
        }
        Ok(advised)
    }

    /// The same drug with a change that was judged.
    pub fn with(mut self, made: Made) -> Self {
        self.changes.push(made);
        self
    }

    /// What the ladder is asked of a change; nothing of a start, which lies at the file's level or below.
    fn wanted(&self, ladder: &Ladder, change: Change) -> Result<Option<Advice>, Refusal> {
        let state = self.state();
        let standing = state.map(|state| state.standing);
        let now = state.map_or(0, |state| state.level);
        match (standing, change) {
            (None, Change::Started(level)) => {
                let highest = ladder.start.unwrap_or(u32::try_from(ladder.levels.len()).unwrap_or(u32::MAX));
                if level > highest {
                    return Err(Refusal::DrugLevel { found: level, lowest: 1, highest });
                }
                Ok(None)
            }
            (Some(DrugStanding::Taken), Change::Up(level)) if level > now => Ok(Some(Advice::Step(level))),
            (Some(DrugStanding::Taken), Change::Down(level)) if level < now => Ok(Some(Advice::Step(level))),
            (Some(DrugStanding::Taken), Change::Up(level) | Change::Down(level)) => {
                Err(Refusal::DrugStep { change: change.as_str(), from: now, to: level })
            }
            (Some(DrugStanding::Taken), Change::Stopped) => Ok(Some(Advice::Stop)),
            (Some(DrugStanding::Taken | DrugStanding::Stopped), Change::Ended) => Ok(Some(Advice::End)),
            (Some(DrugStanding::Stopped), Change::Resumed(level)) => Ok(Some(Advice::Resume(level))),
            _ => Err(Refusal::DrugStanding { change: change.as_str(), standing: self.standing_word() }),
        }
    }
}

impl From<ChangeRefused> for Refusal {
    fn from(why: ChangeRefused) -> Self {
        match why {
            ChangeRefused::NoLevel { level, highest } => Self::DrugLevel { found: level, lowest: 1, highest },
            ChangeRefused::NotProposed { level, reason } => Self::StepNotProposed { level, reason },
        }
    }
}

/// The level in words: `20 mg 1 per day`.
pub fn level_text(ladder: &Ladder, level: u32) -> String {
    let place = usize::try_from(level).ok().and_then(|level| level.checked_sub(1));
    place.and_then(|place| ladder.levels.get(place)).map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
#[path = "drug_tests.rs"]
mod tests;
