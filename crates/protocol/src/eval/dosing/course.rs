//! The investigational doses of one subject: the regimen of the arm, with what the cohort says instead.

use rust_decimal::Decimal;

use crate::Protocol;
use crate::ids::{ArmId, CohortId, ProductId, RegimenId};
use crate::model::{Cohort, Inject, Regimen, RegimenRole};
use crate::scalar::{Dose, DoseAmount, First, Interval, Late, Percent, Tolerance, Weigh, Window};

/// What a subject is to receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The regimen.
    pub regimen: RegimenId,
    /// The product, where the regimen has one; a placebo has none.
    pub product: Option<ProductId>,
    /// How many doses.
    pub doses: u32,
    /// What is given at once; none where the file leaves it out and a prescriber enters it.
    pub dose: Option<Dose>,
    /// The injections of one dose.
    pub inject: Inject,
    /// How far apart.
    pub every: Option<Interval>,
    /// How far from its day.
    pub window: Option<Window>,
    /// What becomes of a missed dose.
    pub late: Option<Late>,
    /// When the first is due.
    pub first: Option<First>,
    /// How fresh the weight must be.
    pub weigh: Option<Weigh>,
    /// From which change on the dose follows the weight.
    pub reweigh: Option<Percent>,
    /// How far what is given may lie from what is reckoned.
    pub tolerance: Option<Tolerance>,
}

/// Why a subject has no course.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCourse {
    /// The file has no such arm.
    #[error("arm {0} is not in this version of the file")]
    UnknownArm(ArmId),
    /// The arm gives neither an investigational regimen nor a placebo.
    #[error("arm {0} gives nothing investigational")]
    NothingToGive(ArmId),
    /// The file has no such cohort.
    #[error("cohort {0} is not in this version of the file")]
    UnknownCohort(CohortId),
    /// The doses of this file are those of its cohorts, and the subject is in none.
    #[error("the file gives its doses by cohort, and the subject is in none")]
    CohortMissing,
}

/// One dose divided over injections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injections {
    /// How many.
    pub number: u32,
    /// What each holds.
    pub each: DoseAmount,
}

impl Course {
    /// The course of a subject in this arm and cohort. A placebo takes the place of what is tested and keeps its
    /// times. Where a file has cohorts, the words of the regimen alone are nobody's course.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(protocol: &Protocol, arm: &ArmId, cohort: Option<&CohortId>) -> Result<Self, NoCourse> {
        let arm = protocol.arm(arm).ok_or_else(|| NoCourse::UnknownArm(arm.clone()))?;
        let given = |role| protocol.regimens_of(arm).find(|regimen| regimen.role == role);
        let regimen = given(RegimenRole::Investigational)
            .or_else(|| given(RegimenRole::Placebo))
            .ok_or_else(|| NoCourse::NothingToGive(arm.id.clone()))?;
        let cohort = match cohort {
            Some(id) => Some(protocol.cohort(id).ok_or_else(|| NoCourse::UnknownCohort(id.clone()))?),
            None if protocol.cohorts.is_empty() => None,
            None => return Err(NoCourse::CohortMissing),
        };
        Ok(Self::made_of(regimen, cohort))
    }

    fn made_of(regimen: &Regimen, cohort: Option<&Cohort>) -> Self {
        let inject =
            cohort.map_or_else(|| regimen.inject.clone(), |cohort| cohort.inject.over(&regimen.inject));
        Self {
            regimen: regimen.id.clone(),
            product: regimen.product.clone(),
            doses: cohort.and_then(|cohort| cohort.times).unwrap_or_else(|| regimen.doses()),
            dose: cohort.and_then(|cohort| cohort.dose).or(regimen.dose),
            inject,
            every: cohort.and_then(|cohort| cohort.every).or(regimen.every),
            window: regimen.window,
            late: regimen.late,
            first: regimen.first.clone(),
            weigh: regimen.weigh,
            reweigh: regimen.reweigh,
            tolerance: regimen.tolerance,
        }
    }

    /// Whether the dose is reckoned from a body weight.
    pub fn is_by_weight(&self) -> bool {
        self.dose.as_ref().is_some_and(Dose::is_per_kilogram)
    }

    /// Whether what goes by this name is what the course gives: its product, or a placebo under the name of its
    /// regimen, which has no product of its own.
    pub fn gives(&self, product: &str) -> bool {
        match &self.product {
            Some(own) => own.as_str() == product,
            None => self.regimen.as_str() == product,
        }
    }

    /// The least and the most that may be given of an amount: the tolerance to either side, without one the very
    /// amount. None beyond what can be reckoned.
    pub fn tolerated(&self, amount: Decimal) -> Option<(Decimal, Decimal)> {
        self.tolerated_of(amount, amount)
    }

    pub(super) fn tolerated_of(&self, low: Decimal, high: Decimal) -> Option<(Decimal, Decimal)> {
        let share = self.tolerance.map_or(Decimal::ZERO, |tolerance| tolerance.percent().share());
        let least = low.checked_mul(Decimal::ONE.checked_sub(share)?.max(Decimal::ZERO))?;
        let most = high.checked_mul(Decimal::ONE.checked_add(share)?)?;
        Some((least.normalize(), most.normalize()))
    }

    /// The injections of one dose: as written, or as many of `each` as the dose needs. None where the file
    /// does not divide the dose, or not evenly.
    pub fn injections(&self) -> Option<Injections> {
        let each = *self.inject.each.as_ref().and_then(Dose::amount).or(self.dose.as_ref()?.amount())?;
        if let Some(number) = self.inject.number {
            return match self.inject.each {
                Some(_) => Some(Injections { number, each }),
                None => divided(each, number).map(|each| Injections { number, each }),
            };
        }
        None
    }

    /// All doses together, where each is a fixed number: the product checks of a returning subject add them.
    pub fn total(&self) -> Option<Decimal> {
        let amount = self.dose.as_ref()?.amount().filter(|amount| amount.per.is_none() && !amount.per_day)?;
        amount.single()?.checked_mul(Decimal::from(self.doses))
    }
}

fn divided(dose: DoseAmount, number: u32) -> Option<DoseAmount> {
    let each = dose.single()?.checked_div(Decimal::from(number))?;
    let amount = crate::scalar::Amount::new(each)?;
    Some(DoseAmount { least: amount, most: amount, ..dose })
}
