//! What a trial file prescribes for one subject, as dosing asks it: the plan, the limits of a start, the dose of a
//! weight, the lots that may be used (protocols README, sentences 14 to 17). Spans and conditions are the protocol
//! crate's.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::time::{after, before, day_of};
use holdpoint_protocol::model::{Cohort, Regimen};
use holdpoint_protocol::scalar::{Dose as FileDose, DosePer, Late, Weigh};

use super::dose::{Dose, WeightUsed};
use super::ids::RegimenId;
use super::lot::Lot;
use super::plan::Window;
use super::refusal::Refusal;
use super::spacing::LateRule;
use super::start::Limits;
use super::subject::Subject;
use super::weight::{Baseline, Weight, change_percent};

pub use super::acceptance::accepts;

const HOURS_A_DAY: i64 = 24;

/// One regimen for one subject: the cohort's words go before the regimen's.
#[derive(Clone, Copy, Debug)]
pub struct Prescription<'a> {
    regimen: &'a Regimen,
    cohort: Option<&'a Cohort>,
}

impl<'a> Prescription<'a> {
    /// The regimen named, or the investigational one of the subject's arm. Refused where the arm gives none such.
    pub fn of(
        protocol: &'a Protocol,
        subject: &Subject,
        wanted: Option<&RegimenId>,
    ) -> Result<Self, Refusal> {
        let allocation = subject
            .allocation
            .as_ref()
            .ok_or_else(|| Refusal::NotAllocated { subject: subject.id.clone() })?;
        let arm = allocation.arm.parse().ok().and_then(|arm| protocol.arm(&arm)).ok_or_else(|| {
            Refusal::NoPlan {
                why: format!("arm {} is not in the subject's protocol version", allocation.arm),
            }
        })?;
        let investigational = protocol.investigational_of(arm).ok_or(Refusal::NothingToPlan)?;
        if wanted.is_some_and(|wanted| wanted.as_str() != investigational.id.as_str()) {
            return Err(Refusal::NothingToPlan);
        }
        let cohort = allocation.cohort.as_ref().and_then(|id| id.parse().ok());
        Ok(Self { regimen: investigational, cohort: cohort.and_then(|id| protocol.cohort(&id)) })
    }

    /// The regimen's id.
    pub fn regimen_id(&self) -> RegimenId {
        self.regimen.id.as_str().into()
    }

    /// How many doses, and what becomes of a late one.
    pub fn limits(&self) -> Limits {
        Limits { times: self.times(), late: self.late() }
    }

    /// The windows of all doses when the first is due at `first`. Refused when the file's `first` excludes it.
    pub fn plan(&self, subject: &Subject, first: Timestamp, zone: &TimeZone) -> Result<Vec<Window>, Refusal> {
        let mut window = self.around(first, first, zone);
        if let (Some(rule), Some(allocation)) = (&self.regimen.first, &subject.allocation)
            && rule.after == "randomization"
        {
            let (from, to) = (allocation.at, after(allocation.at, rule.within, zone));
            if first < from || first > to {
                return Err(Refusal::TimeOutside { field: "first", found: first, from, to });
            }
            window = Window { due: first, earliest: from, latest: to };
        }
        let mut windows = vec![window];
        while windows.len() < usize::try_from(self.times()).unwrap_or(usize::MAX) {
            let Some(next) = windows.last().and_then(|last| self.next(last.due, zone)) else { break };
            windows.push(next);
        }
        Ok(windows)
    }

    /// The windows of what still waits, in order of number, counted from the last dose given. One that was missed and
    /// can still be given is due as soon as the file's distance allows; one beyond it stays as it was, and the safety
    /// board decides. With `skip`, or without a rule, nothing moves.
    pub fn replan(
        &self,
        given: &[Timestamp],
        waiting: &[(u32, Window)],
        now: Timestamp,
        zone: &TimeZone,
    ) -> Vec<Window> {
        let stay = || waiting.iter().map(|(_, window)| *window).collect();
        let (LateRule::Shift { least, most }, Some((_, first))) = (self.late(), waiting.first()) else {
            return stay();
        };
        let mut window = match given.last() {
            None => *first,
            Some(last) => match self.next(*last, zone) {
                Some(next) => next,
                None => return stay(),
            },
        };
        if window.latest < now {
            window = match given.last() {
                None => Window { due: now, earliest: now, latest: self.around(now, now, zone).latest },
                Some(last) => {
                    let (nearest, farthest) = (later(*last, least), later(*last, most));
                    if now > farthest {
                        return stay();
                    }
                    Window { due: now.max(nearest), earliest: nearest.max(window.earliest), latest: farthest }
                }
            };
        }
        let mut windows = vec![window];
        while windows.len() < waiting.len() {
            let Some(next) = windows.last().and_then(|last| self.next(last.due, zone)) else { break };
            windows.push(next);
        }
        windows.extend(waiting.iter().skip(windows.len()).map(|(_, window)| *window));
        windows
    }

    /// Whether a weight is fresh enough for a dose at `now` by the file's `weigh`; a day is the site's calendar day.
    pub fn is_fresh(&self, measured: Timestamp, now: Timestamp, zone: &TimeZone) -> bool {
        measured <= now
            && match self.regimen.weigh {
                None => true,
                Some(Weigh::OnTheDay) => day_of(measured, zone) == day_of(now, zone),
                Some(Weigh::WithinBeforeDose(span)) => measured >= before(now, span, zone),
            }
    }

    /// The file's `reweigh` in percent.
    pub fn reweigh_percent(&self) -> Option<Decimal> {
        self.regimen.reweigh.map(|reweigh| Decimal::from(reweigh.number()))
    }

    /// Whether a lot is of the regimen's product.
    pub fn takes(&self, lot: &Lot) -> Result<(), Refusal> {
        match &self.regimen.product {
            Some(product) if product.as_str() != lot.product.as_str() => {
                Err(Refusal::LotOfOtherProduct { lot: lot.id.clone(), product: product.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// The dose of a weight: from the baseline, until the weight of `weigh` differs by at least `reweigh`, then from
    /// that; with the file's tolerance to either side (sentence 16). Exact decimals throughout.
    pub fn reckon(&self, baseline: &Baseline, weight: &Weight) -> Result<Dose, Refusal> {
        let dose = self.cohort.and_then(|cohort| cohort.dose).or(self.regimen.dose);
        let amount = match dose {
            Some(FileDose::Amount(amount)) => amount,
            Some(FileDose::WholeProduct | FileDose::ToBeEntered) => return Ok(entered(dose)),
            _ => {
                return Err(Refusal::NoPlan { why: "the file gives no dose in numbers for this".to_owned() });
            }
        };
        let single = amount.single().ok_or_else(|| Refusal::NoPlan {
            why: format!("a dose of {amount} is a range; nothing is reckoned"),
        })?;
        let mut reasons = vec![format!("the file gives {amount}")];
        let (weight_used, kilograms) = match amount.per {
            None => (WeightUsed::None, None),
            Some(DosePer::Kilogram) => {
                let (used, kilograms) = self.weight_to_use(baseline, weight, &mut reasons);
                (used, Some(kilograms))
            }
            Some(_) => {
                return Err(Refusal::NoPlan { why: format!("a dose of {amount} is not reckoned by weight") });
            }
        };
        let reckoned = (single * kilograms.unwrap_or(Decimal::ONE)).normalize();
        let share = self.regimen.tolerance.map_or(Decimal::ZERO, |tolerance| tolerance.percent().share());
        let off = reckoned * share;
        if let Some(tolerance) = self.regimen.tolerance {
            reasons.push(format!("tolerance {tolerance}"));
        }
        Ok(Dose {
            reckoned,
            lowest: (reckoned - off).normalize(),
            highest: (reckoned + off).normalize(),
            unit: amount.unit.as_str().to_owned(),
            weight_kilograms: kilograms,
            weight_used,
            reasons,
        })
    }

    fn weight_to_use(
        &self,
        baseline: &Baseline,
        weight: &Weight,
        reasons: &mut Vec<String>,
    ) -> (WeightUsed, Decimal) {
        let change = change_percent(baseline.kilograms, weight.kilograms);
        let differs = self.reweigh_percent().is_some_and(|reweigh| change.abs() >= reweigh);
        let shown = change.round_dp(1).normalize();
        if differs {
            reasons.push(format!("the day's {} kg differ by {shown} % from the baseline", weight.kilograms));
            (WeightUsed::Day, weight.kilograms)
        } else {
            reasons.push(format!(
                "the baseline of {} kg stands; the day's differs by {shown} %",
                baseline.kilograms
            ));
            (WeightUsed::Baseline, baseline.kilograms)
        }
    }

    fn times(&self) -> u32 {
        self.cohort.and_then(|cohort| cohort.times).unwrap_or_else(|| self.regimen.doses())
    }

    fn late(&self) -> LateRule {
        match self.regimen.late {
            Some(Late::Shift { least_days, most_days }) => {
                LateRule::Shift { least: days(least_days), most: days(most_days) }
            }
            Some(Late::Skip) => LateRule::Skip,
            None => LateRule::BoardDecides,
        }
    }

    /// The window of the dose after one at `last`; none where the file gives no interval.
    fn next(&self, last: Timestamp, zone: &TimeZone) -> Option<Window> {
        let every = self.cohort.and_then(|cohort| cohort.every).or(self.regimen.every)?;
        Some(self.around(after(last, every.least(), zone), after(last, every.most(), zone), zone))
    }

    /// The file's window around one moment, or around a range of them.
    fn around(&self, due: Timestamp, until: Timestamp, zone: &TimeZone) -> Window {
        match self.regimen.window {
            Some(window) => {
                let span = window.span();
                Window { due, earliest: before(due, span, zone), latest: after(until, span, zone) }
            }
            None => Window { due, earliest: due, latest: until },
        }
    }
}

/// A dose that a prescriber gives, or all of the product: nothing is reckoned, any amount is within bounds.
fn entered(dose: Option<FileDose>) -> Dose {
    Dose {
        reckoned: Decimal::ZERO,
        lowest: Decimal::ZERO,
        highest: Decimal::MAX,
        unit: "cells".to_owned(),
        weight_kilograms: None,
        weight_used: WeightUsed::None,
        reasons: dose.map(|dose| format!("the file gives {dose}: nothing is reckoned")).into_iter().collect(),
    }
}

fn days(number: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(number) * HOURS_A_DAY)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "prescription_tests.rs"]
mod tests;
