//! Decides whether this infusion may be asked for at this bedside and moment, before safety is asked: right person,
//! right bag, a dose the file still has, a weight that stands, a lot that may be used. Protocol 5.1, 7.3.1; an earlier
//! "all is well" does not carry over, everything is judged again at the start.

use jiff::Timestamp;

use super::ids::{LotId, SubjectId};
use super::infusion::Infusion;
use super::lot::Lot;
use super::refusal::Refusal;
use super::spacing::{self, LateRule};
use super::subject::Subject;
use super::treatment::{Treatment, doses};
use super::weight::Weight;

/// Read off the wristband and off the bag, with a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BedsideCheck {
    /// On the wristband.
    pub subject: SubjectId,
    /// On the bag.
    pub lot: LotId,
    /// The second person at the bedside.
    pub checked_with: String,
}

/// What the file says of a dose's start.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many doses the regimen has.
    pub times: u32,
    /// What becomes of a late one.
    pub late: LateRule,
}

/// All that a start is judged by, besides holds and the state of the infusion itself.
#[derive(Debug)]
pub struct Bedside<'a> {
    /// The infusion.
    pub infusion: &'a Infusion,
    /// Every infusion of the subject.
    pub all: &'a [Treatment],
    /// The subject.
    pub subject: &'a Subject,
    /// The lot of the order.
    pub lot: &'a Lot,
    /// The subject's newest weight.
    pub weight: Option<&'a Weight>,
    /// Whether a weight measured then is fresh by the file's `weigh`.
    pub fresh: bool,
    /// What was read off at the bedside.
    pub check: &'a BedsideCheck,
    /// Who asks.
    pub asks: &'a str,
    /// What the file says.
    pub limits: Limits,
    /// Civil time.
    pub now: Timestamp,
}

impl Bedside<'_> {
    /// Refuses with the first thing that is not right, in the order in which a nurse would look.
    pub fn judge(&self) -> Result<(), Refusal> {
        self.right_person_and_bag()?;
        self.subject.on_treatment()?;
        self.within_the_plan()?;
        self.weight_stands()?;
        self.lot.usable(&self.subject.trial, &self.subject.id, self.now)?;
        match self.lot.drawn.get(&self.infusion.key.id) {
            Some(drawn) if drawn.prepared == self.infusion.order.cells => Ok(()),
            _ => Err(Refusal::LotTooSmall {
                lot: self.lot.id.clone(),
                asked: self.infusion.order.cells,
                left: self.lot.cells_left(),
            }),
        }
    }

    fn right_person_and_bag(&self) -> Result<(), Refusal> {
        if self.check.subject != self.infusion.key.subject {
            return Err(Refusal::OtherSubject);
        }
        if self.check.lot != self.infusion.order.lot {
            return Err(Refusal::OtherLot { ordered: self.infusion.order.lot.clone() });
        }
        let with = self.check.checked_with.trim();
        if with.is_empty() || with == self.asks {
            return Err(Refusal::NoSecondChecker);
        }
        Ok(())
    }

    fn within_the_plan(&self) -> Result<(), Refusal> {
        let key = &self.infusion.key;
        let given = doses(self.all, &key.regimen, Some(&key.id));
        let so_far = u32::try_from(given.len()).unwrap_or(u32::MAX);
        if key.number > self.limits.times || so_far >= self.limits.times {
            return Err(Refusal::BeyondTheLast { times: self.limits.times, given: so_far });
        }
        if let Some(earlier) = self.earlier_waiting() {
            return Err(Refusal::EarlierWaits { number: earlier });
        }
        spacing::judge(self.limits.late, self.infusion.window, given.last().copied(), self.now)
    }

    /// The number of an earlier infusion that still waits: doses are given in their order.
    fn earlier_waiting(&self) -> Option<u32> {
        let key = &self.infusion.key;
        let waits = |one: &&Treatment| {
            one.waiting() && one.key().regimen == key.regimen && one.key().number < key.number
        };
        self.all.iter().filter(waits).map(|one| one.key().number).min()
    }

    fn weight_stands(&self) -> Result<(), Refusal> {
        let weight = self.weight.ok_or(Refusal::NoWeight)?;
        weight.checked()?;
        if weight.id != self.infusion.order.weight {
            return Err(Refusal::WeighedSince { weight: weight.id.clone() });
        }
        if self.fresh { Ok(()) } else { Err(Refusal::WeightStale { measured: weight.measured_at }) }
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
