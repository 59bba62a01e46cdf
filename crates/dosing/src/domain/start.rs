//! Decides whether this infusion may be asked for at this bedside and moment, before safety is asked: right person,
//! right bag, a dose the file still has, a weight that stands, a lot that may be used. Protocol 5.1, 7.3.1; an earlier
//! "all is well" does not carry over, everything is judged again at the start.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::ids::{LotId, SubjectId};
use super::infusion::Infusion;
use super::lot::Lot;
use super::prescription::{Asking, Prescription};
use super::refusal::Refusal;
use super::subject::Subject;
use super::treatment::{Treatment, dose_left};
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
    /// What was read off at the bedside.
    pub check: &'a BedsideCheck,
    /// Who asks.
    pub asks: &'a str,
    /// What the file says.
    pub prescription: &'a Prescription<'a>,
    /// Civil time.
    pub now: Timestamp,
    /// The site's calendar.
    pub zone: &'a TimeZone,
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
        let given = dose_left(self.all, &self.infusion.key, self.prescription.doses())?;
        if let Some(earlier) = self.earlier_waiting() {
            return Err(Refusal::EarlierWaits { number: earlier });
        }
        let asking = Asking { subject: self.subject, given: &given, at: self.now, zone: self.zone };
        self.prescription.judge_start(&asking).map(drop)
    }

    /// The number of an earlier infusion that still waits: doses are given in their order.
    fn earlier_waiting(&self) -> Option<u32> {
        let key = &self.infusion.key;
        let waits = |one: &&Treatment| {
            one.waiting() && one.key().course() == key.course() && one.key().number < key.number
        };
        self.all.iter().filter(waits).map(|one| one.key().number).min()
    }

    /// Where the dose is reckoned from a weight: that of the order is the newest, confirmed where asked, and fresh.
    fn weight_stands(&self) -> Result<(), Refusal> {
        if !self.prescription.is_by_weight() {
            return Ok(());
        }
        let weight = self.weight.ok_or(Refusal::NoWeight)?;
        weight.checked()?;
        if self.infusion.order.weight.as_ref().is_none_or(|ordered| ordered.id != weight.id) {
            return Err(Refusal::WeighedSince { weight: weight.id.clone() });
        }
        if self.prescription.is_fresh(weight.measured_at, self.now, self.zone) {
            return Ok(());
        }
        Err(Refusal::WeightStale { measured: weight.measured_at })
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
