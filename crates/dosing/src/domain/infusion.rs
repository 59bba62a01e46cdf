//! The states of one authorized infusion and every way between them: the half of holds.md (steps 3 to 5) that dosing
//! keeps. A transition consumes the infusion and answers the next one or a refusal; it knows no clock, no database
//! and no network, so that a model checker can run it as it is.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::dose::Dose;
use super::ids::{Attempt, LotId, PermitId, WeightId};
use super::lot::Release;
use super::plan::{CanceledInfusion, Key, PlannedInfusion, Timing, Window};
use super::refusal::Refusal;

/// The weight of `weigh` that an order rests on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Weighed {
    /// Its id.
    pub id: WeightId,
    /// Kilograms, exact.
    pub kilograms: Decimal,
    /// When it was measured.
    #[serde(with = "micros::required")]
    pub measured_at: Timestamp,
}

/// Pharmacy's word: this lot, this amount, reckoned on this weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// The lot.
    pub lot: LotId,
    /// Its release for the trial, as it stood then.
    pub release: Release,
    /// Cells prepared; of a dose in another unit, so much of that.
    pub cells: Decimal,
    /// What the file and the weight asked for.
    pub dose: Dose,
    /// The weight it was reckoned with; none where the dose does not depend on one.
    pub weight: Option<Weighed>,
    /// The pharmacist.
    pub by: String,
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

/// A claimed permit: the `Go` of this attempt may be on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The permit, claimed once and for all by this infusion.
    pub permit: PermitId,
    /// The attempt that claimed it.
    pub attempt: Attempt,
    /// When it was claimed, civil.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// When the bedside said that it heard the `Go` in time.
    #[serde(with = "micros::optional")]
    pub heard: Option<Timestamp>,
}

/// How an infusion ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ending {
    /// When it ended.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// Cells given.
    pub cells: Decimal,
    /// It was stopped before all was given; it counts as completed all the same.
    pub stopped_early: bool,
    /// Why what was given differs from what was ordered.
    pub deviation: Option<String>,
}

/// What is known of a dose that was given since its lot was corrected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recount {
    /// What was really given; none while it runs.
    pub cells: Option<Decimal>,
    /// It lies outside the tolerance of the dose that was ordered.
    pub outside: bool,
    /// The file does not accept the lot as it is known by now.
    pub not_accepted: Option<String>,
}

impl Recount {
    /// Whether it makes the dose a deviation.
    pub fn is_deviation(&self) -> bool {
        self.outside || self.not_accepted.is_some()
    }

    /// In words; empty where nothing is a deviation.
    pub fn in_words(&self) -> String {
        let outside =
            self.outside.then(|| "what was given lies outside the dose that was ordered".to_owned());
        let words = outside.into_iter().chain(self.not_accepted.clone());
        words.collect::<Vec<_>>().join("; ")
    }
}

/// Where an authorized infusion stands, each state with exactly its data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing out: a start may be asked for.
    Authorized,
    /// A permit was claimed; no start yet, and in flight.
    Starting(Claim),
    /// Nobody confirmed or abandoned the start in time. Counted as a dose and in flight until a person speaks.
    Unconfirmed {
        /// The permit out.
        claim: Claim,
        /// Since when it is waited for in vain.
        #[serde(with = "micros::required")]
        since: Timestamp,
    },
    /// The bedside says that cells began to flow.
    Started {
        /// The permit.
        claim: Claim,
        /// When cells began to flow.
        #[serde(with = "micros::required")]
        at: Timestamp,
    },
    /// Over, complete or stopped early.
    Completed {
        /// The permit.
        claim: Claim,
        /// When cells began to flow.
        #[serde(with = "micros::required")]
        at: Timestamp,
        /// How it ended.
        ending: Ending,
    },
}

/// What a start of some attempt leads to, judged before safety is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Ask safety for a permit.
    Permit,
    /// A person says that the `Go` of this permit was not heard or not acted on: void it first, then ask.
    VoidFirst(PermitId),
    /// The `Go` was acknowledged before: answer the record of it, never a `Go`.
    Record {
        /// The permit.
        permit: PermitId,
        /// The attempt that was heard.
        attempt: Attempt,
    },
}

/// One infusion with an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Infusion {
    /// Which one.
    pub key: Key,
    /// When it is due.
    pub window: Window,
    /// Pharmacy's order.
    pub order: Order,
    /// The highest attempt that ever claimed a permit for it. It only grows.
    pub attempts: Attempt,
    /// How its start lies to the window that the file gives it, once it started.
    pub timing: Option<Timing>,
    /// What is known of it since its lot was corrected.
    pub recount: Option<Recount>,
    /// Where it stands.
    pub state: State,
}

impl Infusion {
    pub(super) fn authorized(planned: PlannedInfusion, order: Order) -> Self {
        let PlannedInfusion { key, window, attempts } = planned;
        Self { key, window, order, attempts, timing: None, recount: None, state: State::Authorized }
    }

    /// Judges an ask to start: `statement` is the person's that the earlier `Go` was not heard or not acted on.
    /// A lower or equal attempt is refused as already asked; an acknowledged one is answered by its record.
    pub fn ask(&self, attempt: Attempt, statement: Option<&str>) -> Result<Ask, Refusal> {
        if attempt == Attempt::NONE {
            return Err(Refusal::AttemptZero);
        }
        match &self.state {
            State::Authorized if attempt > self.attempts => Ok(Ask::Permit),
            State::Starting(Claim { heard: Some(_), permit, attempt: heard, .. }) if attempt >= *heard => {
                Ok(Ask::Record { permit: permit.clone(), attempt: *heard })
            }
            State::Authorized | State::Starting(_) if attempt <= self.attempts => {
                Err(Refusal::AlreadyAsked { attempt, highest: self.attempts })
            }
            State::Starting(claim) if statement.is_some_and(is_said) => {
                Ok(Ask::VoidFirst(claim.permit.clone()))
            }
            State::Starting(_) => Err(Refusal::StatementMissing { highest: self.attempts }),
            State::Unconfirmed { .. } => Err(Refusal::StartUnconfirmed),
            _ => Err(self.wrong_state("start", "authorized")),
        }
    }

    /// Authorized -> Starting: the claim. Refused when the attempt is not above all that claimed before.
    pub fn claim(self, permit: PermitId, attempt: Attempt, at: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            State::Authorized if attempt > self.attempts => {
                let claim = Claim { permit, attempt, at, heard: None };
                Ok(Self { attempts: attempt, state: State::Starting(claim), ..self })
            }
            State::Authorized => Err(Refusal::AlreadyAsked { attempt, highest: self.attempts }),
            _ => Err(self.wrong_state("claim a permit for", "authorized")),
        }
    }

    /// Starting -> Authorized by the handler that made the claim and will say no `Go`: the life was over.
    /// One that was acknowledged is never voided.
    pub fn void_unsaid(self, permit: &PermitId) -> Result<Self, Refusal> {
        match &self.state {
            State::Starting(claim) if claim.permit == *permit && claim.heard.is_none() => {
                Ok(self.without_claim())
            }
            State::Starting(claim) if claim.permit == *permit => Err(Refusal::AlreadyHeard),
            _ => Err(Refusal::OtherPermit),
        }
    }

    /// Starting -> Authorized by a person's statement with a higher attempt: the `Go` was not heard or not acted on.
    /// Only an unacknowledged start; an acknowledged one is taken back by `abandon` alone.
    pub fn void_stated(self, attempt: Attempt, statement: &str) -> Result<(Self, PermitId), Refusal> {
        match self.ask(attempt, Some(statement))? {
            Ask::VoidFirst(permit) => Ok((self.without_claim(), permit)),
            Ask::Record { .. } => Err(Refusal::AlreadyHeard),
            Ask::Permit => Err(Refusal::OtherPermit),
        }
    }

    /// The bedside heard a valid `Go` of this permit. Saying so again changes nothing.
    pub fn acknowledge(mut self, permit: &PermitId, at: Timestamp) -> Result<Self, Refusal> {
        let wrong = self.wrong_state("acknowledge a Go of", "starting");
        let (State::Starting(claim)
        | State::Unconfirmed { claim, .. }
        | State::Started { claim, .. }
        | State::Completed { claim, .. }) = &mut self.state
        else {
            return Err(wrong);
        };
        if claim.permit != *permit {
            return Err(Refusal::OtherPermit);
        }
        claim.heard.get_or_insert(at);
        Ok(self)
    }

    /// Starting or Unconfirmed -> Started: cells began to flow at `at`, which lies between the claim (bedside times
    /// are written to the minute) and now.
    pub fn confirm(self, at: Timestamp, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            State::Starting(claim) | State::Unconfirmed { claim, .. } => {
                within_start(at, &claim, now)?;
                Ok(Self { state: State::Started { claim, at }, ..self })
            }
            _ => Err(self.wrong_state("confirm the start of", "starting or unconfirmed")),
        }
    }

    /// Starting or Unconfirmed -> Authorized: a person states that nothing was given. It voids the permit, heard or not.
    pub fn abandon(self) -> Result<(Self, PermitId), Refusal> {
        match &self.state {
            State::Starting(claim) | State::Unconfirmed { claim, .. } => {
                let permit = claim.permit.clone();
                Ok((self.without_claim(), permit))
            }
            _ => Err(self.wrong_state("abandon the start of", "starting or unconfirmed")),
        }
    }

    /// Starting -> Unconfirmed: nobody spoke in time. The permit stays out.
    pub fn unconfirmed(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            State::Starting(claim) => Ok(Self { state: State::Unconfirmed { claim, since: now }, ..self }),
            _ => Err(self.wrong_state("call unconfirmed", "starting")),
        }
    }

    /// Started -> Completed. A deviation in words is required when it was stopped early or the cells given lie
    /// outside the tolerance (protocols README, sentence 16).
    pub fn complete(self, ending: Ending, now: Timestamp) -> Result<Self, Refusal> {
        let State::Started { claim, at } = self.state else {
            return Err(self.wrong_state("complete", "started"));
        };
        if ending.at < at || ending.at > now {
            return Err(Refusal::TimeOutside { field: "at", found: ending.at, from: at, to: now });
        }
        if ending.cells > self.order.cells {
            return Err(Refusal::MoreThanPrepared { given: ending.cells, prepared: self.order.cells });
        }
        let as_ordered = !ending.stopped_early && self.order.dose.allows(ending.cells);
        if !as_ordered && !ending.deviation.as_deref().is_some_and(is_said) {
            return Err(Refusal::DeviationMissing {
                lowest: self.order.dose.lowest,
                highest: self.order.dose.highest,
            });
        }
        Ok(Self { state: State::Completed { claim, at, ending }, ..self })
    }

    /// The start was at another time than was written.
    pub fn correct_start(self, to: Timestamp, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            State::Started { claim, .. } => {
                within_start(to, &claim, now)?;
                Ok(Self { state: State::Started { claim, at: to }, ..self })
            }
            State::Completed { claim, ending, .. } => {
                within_start(to, &claim, ending.at)?;
                Ok(Self { state: State::Completed { claim, at: to, ending }, ..self })
            }
            _ => Err(self.wrong_state("correct the start time of", "started or completed")),
        }
    }

    /// How its start lies to the file's window, as judged on the time that was written.
    pub fn timed(self, timing: Option<Timing>) -> Self {
        Self { timing, ..self }
    }

    /// Looks again at a dose whose lot was corrected: `really` turns an amount that was written down into what it was,
    /// `not_accepted` says why the file does not accept the lot, where it does not. Nothing is known of one that waits.
    pub fn recounted(self, really: impl FnOnce(Decimal) -> Decimal, not_accepted: Option<String>) -> Self {
        let cells = match &self.state {
            State::Authorized => return self,
            State::Completed { ending, .. } => Some(really(ending.cells)),
            State::Starting(_) | State::Unconfirmed { .. } | State::Started { .. } => None,
        };
        let outside = cells.is_some_and(|cells| !self.order.dose.allows(cells));
        Self { recount: Some(Recount { cells, outside, not_accepted }), ..self }
    }

    /// Authorized -> Authorized by another order: another lot, another amount, another weight.
    pub fn reauthorize(self, order: Order) -> Result<Self, Refusal> {
        match self.state {
            State::Authorized => Ok(Self { order, ..self }),
            _ => Err(self.wrong_state("authorize", "planned or authorized")),
        }
    }

    /// Authorized -> Planned: the order does not stand any more (its lot was quarantined). Attempts stay counted.
    pub fn withdraw(self) -> Result<PlannedInfusion, Refusal> {
        match self.state {
            State::Authorized => {
                Ok(PlannedInfusion { key: self.key, window: self.window, attempts: self.attempts })
            }
            _ => Err(self.wrong_state("take back the order of", "authorized")),
        }
    }

    /// Authorized on other days.
    pub fn moved(self, window: Window) -> Result<Self, Refusal> {
        match self.state {
            State::Authorized => Ok(Self { window, ..self }),
            _ => Err(self.wrong_state("move", "planned or authorized")),
        }
    }

    /// Authorized -> Canceled. A start that may be under way is never canceled.
    pub fn cancel(self, why: String, at: Timestamp) -> Result<CanceledInfusion, Refusal> {
        self.withdraw().map(|planned| planned.cancel(why, at))
    }

    /// The permit out or used, unless it stands authorized only.
    pub fn claimed(&self) -> Option<&Claim> {
        match &self.state {
            State::Authorized => None,
            State::Starting(claim)
            | State::Unconfirmed { claim, .. }
            | State::Started { claim, .. }
            | State::Completed { claim, .. } => Some(claim),
        }
    }

    /// From when it counts as a dose: every permitted start that is not known to be void counts, confirmed or not
    /// (protocols README, sentence 13). None while authorized.
    pub fn dose_at(&self) -> Option<Timestamp> {
        match &self.state {
            State::Authorized => None,
            State::Starting(claim) | State::Unconfirmed { claim, .. } => Some(claim.at),
            State::Started { at, .. } | State::Completed { at, .. } => Some(*at),
        }
    }

    /// Whether it is in flight: permitted, not void and not completed (holds.md, "Words").
    pub fn in_flight(&self) -> bool {
        matches!(self.state, State::Starting(_) | State::Unconfirmed { .. } | State::Started { .. })
    }

    /// The state's word, as answers and lists write it.
    pub fn state_word(&self) -> &'static str {
        match &self.state {
            State::Authorized => "authorized",
            State::Starting(_) => "starting",
            State::Unconfirmed { .. } => "unconfirmed",
            State::Started { .. } => "started",
            State::Completed { .. } => "completed",
        }
    }

    fn without_claim(self) -> Self {
        Self { state: State::Authorized, ..self }
    }

    fn wrong_state(&self, what: &'static str, allowed: &'static str) -> Refusal {
        Refusal::WrongState { what, found: self.state_word(), allowed }
    }
}

/// A statement has words in it.
fn is_said(text: &str) -> bool {
    !text.trim().is_empty()
}

fn within_start(at: Timestamp, claim: &Claim, until: Timestamp) -> Result<(), Refusal> {
    let from = claim.at.saturating_sub(jiff::SignedDuration::from_mins(1)).unwrap_or(claim.at);
    if at < from || at > until {
        return Err(Refusal::TimeOutside { field: "at", found: at, from, to: until });
    }
    Ok(())
}

#[cfg(test)]
#[path = "infusion_tests.rs"]
mod tests;
