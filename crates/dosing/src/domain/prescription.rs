//! What a trial file prescribes for one subject, as dosing asks it: the plan, whether a dose may start, the dose of a
//! weight (protocols README, sentences 13 to 17). The file's words are read by the protocol crate; here its answers
//! become dosing's own.

use std::collections::BTreeMap;

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::Stamp;
use holdpoint_protocol::eval::dosing::{
    Basis, Course, Doses, NextDose, NoCourse, NotNow, Reckoned, StartVerdict, Unreckoned, Weighing, Weights,
    first_from, is_fresh, reckon,
};
use holdpoint_protocol::eval::events::Evidence;
use holdpoint_protocol::eval::time::{Bounds, day_of};
use holdpoint_protocol::scalar::Late;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::chart;
use super::dose::{Asked, Dose, WeightUsed};
use super::ids::RegimenId;
use super::lot::Lot;
use super::plan::{Timing, Window};
use super::refusal::Refusal;
use super::subject::Subject;
use super::weight::{Baseline, SECOND_PERSON_PERCENT, Weight};

pub use super::acceptance::accepts;

const HOURS_A_DAY: i64 = 24;

/// One regimen for one subject: the cohort's words go before the regimen's.
#[derive(Clone, Debug)]
pub struct Prescription<'a> {
    protocol: &'a Protocol,
    course: Course,
}

/// What is asked about: whose doses, which were given, when, by which calendar.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The starts that count as doses, in the order of time, other than the one asked about.
    pub given: &'a [Timestamp],
    /// The moment asked about.
    pub at: Timestamp,
    /// The site's calendar.
    pub zone: &'a TimeZone,
}

impl<'a> Prescription<'a> {
    /// The regimen named, or what the subject's arm gives of what is tested, a placebo in its place. Refused where the
    /// arm gives none such, or the file's doses are those of cohorts and the subject is in none.
    pub fn of(
        protocol: &'a Protocol,
        subject: &Subject,
        wanted: Option<&RegimenId>,
    ) -> Result<Self, Refusal> {
        let allocation = subject
            .allocation
            .as_ref()
            .ok_or_else(|| Refusal::NotAllocated { subject: subject.id.clone() })?;
        let unknown = |what: &str, id: &str| Refusal::NoPlan {
            why: format!("{what} {id} is not in the subject's protocol version"),
        };
        let arm = allocation.arm.parse().map_err(|_| unknown("arm", &allocation.arm))?;
        let cohort = match &allocation.cohort {
            Some(id) => Some(id.parse().map_err(|_| unknown("cohort", id))?),
            None => None,
        };
        let course = Course::of(protocol, &arm, cohort.as_ref())?;
        if wanted.is_some_and(|wanted| wanted.as_str() != course.regimen.as_str()) {
            return Err(Refusal::NothingToPlan);
        }
        Ok(Self { protocol, course })
    }

    /// The regimen's id.
    pub fn regimen_id(&self) -> RegimenId {
        self.course.regimen.as_str().into()
    }

    /// How many doses there are.
    pub fn doses(&self) -> u32 {
        self.course.doses
    }

    /// Whether a dose that was missed is left out.
    pub fn skips_missed(&self) -> bool {
        self.course.late == Some(Late::Skip)
    }

    /// Whether the dose is reckoned from a weight.
    pub fn is_by_weight(&self) -> bool {
        self.course.is_by_weight()
    }

    /// The windows of all doses when the first is agreed on for `first`. Refused when the file's `first` excludes it,
    /// has no date yet, or is over.
    pub fn plan(&self, of: &Asking<'_>, first: Timestamp) -> Result<Vec<Window>, Refusal> {
        let doses = self.of_subject(of);
        if let NextDose::Due(window) = doses.next(of.at) {
            let to = window.latest.unwrap_or(Timestamp::MAX);
            if first < window.earliest || first > to {
                return Err(Refusal::TimeOutside { field: "first", found: first, from: window.earliest, to });
            }
            if window.is_missed(of.at) {
                return Err(Refusal::TooLate { until: to });
            }
        }
        Ok(doses.plan(Some(first), of.at)?.into_iter().map(Window::from).collect())
    }

    /// The windows of what may still be given, counted from the last dose; before the first, from the moment agreed
    /// on for it. Empty where only the safety board may decide.
    pub fn replan(&self, of: &Asking<'_>, agreed: Option<Timestamp>) -> Result<Vec<Window>, Refusal> {
        Ok(self.of_subject(of).plan(agreed, of.at)?.into_iter().map(Window::from).collect())
    }

    /// Whether the next dose may start at the moment asked about, and how that lies to its window.
    pub fn judge_start(&self, of: &Asking<'_>) -> Result<Timing, Refusal> {
        match self.of_subject(of).judge_start(of.at, false) {
            StartVerdict::Allowed { timing, .. } => Ok(timing.into()),
            StartVerdict::Refused(why) => Err(why.into()),
            StartVerdict::BoardDecides { until, .. } => Err(Refusal::TooLate { until }),
        }
    }

    /// How a start that happened lies to its window; what may not have started lies outside.
    pub fn timing(&self, of: &Asking<'_>) -> Timing {
        self.judge_start(of).unwrap_or(Timing::Outside)
    }

    /// Whether a weight is fresh enough for a dose at a moment by the file's `weigh`; a day is the site's calendar day.
    pub fn is_fresh(&self, measured: Timestamp, at: Timestamp, zone: &TimeZone) -> bool {
        is_fresh(&self.course, Stamp::Instant(measured), at, zone)
    }

    /// From which change in percent a second person looks at a weight: the file's `reweigh`, or the house's.
    pub fn second_person_percent(&self) -> Decimal {
        self.course.reweigh.map_or(SECOND_PERSON_PERCENT, |reweigh| Decimal::from(reweigh.number()))
    }

    /// Whether a lot is of what the regimen gives.
    pub fn takes(&self, lot: &Lot) -> Result<(), Refusal> {
        if self.course.gives(lot.product.as_str()) {
            return Ok(());
        }
        let product = self.course.product.as_ref().map_or(self.course.regimen.as_str(), |own| own.as_str());
        Err(Refusal::LotOfOtherProduct { lot: lot.id.clone(), product: product.to_owned() })
    }

    /// What the file asks for at a moment, on these weights.
    pub fn reckon(
        &self,
        baseline: Option<&Baseline>,
        newest: Option<&Weight>,
        at: Timestamp,
        zone: &TimeZone,
    ) -> Result<Asked, Refusal> {
        let weighing = |kg, measured| Weighing { kg, at: Stamp::Instant(measured) };
        let weights = Weights {
            baseline: baseline.map(|weight| weighing(weight.kilograms, weight.measured_at)),
            newest: newest.map(|weight| weighing(weight.kilograms, weight.measured_at)),
        };
        match reckon(&self.course, &weights, at, zone) {
            Ok(reckoned) => Ok(Asked::Reckoned(reckoned.into())),
            Err(Unreckoned::WholeProduct) => Ok(Asked::Whole),
            Err(Unreckoned::ToBeEntered) => Ok(Asked::Entered),
            Err(why) => Err(why.into()),
        }
    }

    /// The bounds of an amount that is not reckoned, by the file's tolerance.
    pub fn tolerated(&self, amount: Decimal) -> (Decimal, Decimal) {
        self.course.tolerated(amount).unwrap_or((amount, amount))
    }

    fn of_subject<'b>(&'b self, of: &Asking<'b>) -> Doses<'b> {
        let first_from = self.first_from(of);
        Doses { course: &self.course, given: of.given, first_from, zone: of.zone }
    }

    fn first_from(&self, of: &Asking<'_>) -> Option<Bounds> {
        let chart = chart::of(of.subject, of.given, of.zone);
        let today = day_of(of.at, of.zone);
        let attested = BTreeMap::new();
        let evidence = Evidence::new(&chart, &attested, today);
        first_from(self.protocol, &self.course, &evidence)
    }
}

impl From<Reckoned> for Dose {
    fn from(reckoned: Reckoned) -> Self {
        let (used, weighing) = match reckoned.basis {
            Basis::Fixed => (WeightUsed::None, None),
            Basis::Baseline(weighing) => (WeightUsed::Baseline, Some(weighing)),
            Basis::Day(weighing) => (WeightUsed::Day, Some(weighing)),
        };
        Self {
            reckoned: reckoned.amount,
            lowest: reckoned.least,
            highest: reckoned.most,
            unit: reckoned.unit.as_str().to_owned(),
            weight_kilograms: weighing.map(|weighing| weighing.kg),
            weight_measured_at: weighing.and_then(|weighing| instant(weighing.at)),
            weight_used: used,
            reasons: reckoned.reasons,
        }
    }
}

impl From<NoCourse> for Refusal {
    fn from(why: NoCourse) -> Self {
        match why {
            NoCourse::NothingToGive(_) => Self::NothingToPlan,
            NoCourse::UnknownArm(_) | NoCourse::UnknownCohort(_) | NoCourse::CohortMissing => {
                Self::NoPlan { why: why.to_string() }
            }
        }
    }
}

impl From<NotNow> for Refusal {
    fn from(why: NotNow) -> Self {
        match why {
            NotNow::TooClose { last, least_days } => {
                let least = SignedDuration::from_hours(i64::from(least_days) * HOURS_A_DAY);
                Self::TooClose { last, least }
            }
            NotNow::NotDue { earliest, .. } => Self::TooEarly { earliest },
            NotNow::NoDoseLeft { doses } => Self::BeyondTheLast { times: doses, given: doses },
            NotNow::NotDated(why) => why.into(),
        }
    }
}

impl From<holdpoint_protocol::eval::dosing::NotDated> for Refusal {
    fn from(why: holdpoint_protocol::eval::dosing::NotDated) -> Self {
        Self::NotDated { why: why.to_string() }
    }
}

impl From<Unreckoned> for Refusal {
    fn from(why: Unreckoned) -> Self {
        match why {
            Unreckoned::NoWeight => Self::NoWeight,
            Unreckoned::NoBaseline => Self::NoBaseline,
            Unreckoned::StaleWeight(at) => {
                instant(at).map_or(Self::NoWeight, |measured| Self::WeightStale { measured })
            }
            other => Self::NoPlan { why: other.to_string() },
        }
    }
}

fn instant(at: Stamp) -> Option<Timestamp> {
    match at {
        Stamp::Instant(at) => Some(at),
        Stamp::Day(_) | Stamp::Undated => None,
    }
}

#[cfg(test)]
#[path = "prescription_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "ten_trials_tests.rs"]
mod ten_trials;
