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

/// One dose divided over injections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injections {
    /// How many.
    pub number: u32,
    /// What each holds.
    pub each: DoseAmount,
}

impl Course {
    /// The course of a subject in this arm and cohort; none in an arm that is given nothing investigational.
    /// A placebo takes the place of what is tested and keeps its times.
    pub fn of(protocol: &Protocol, arm: &ArmId, cohort: Option<&CohortId>) -> Option<Self> {
        let arm = protocol.arm(arm)?;
        let given = |role| protocol.regimens_of(arm).find(|regimen| regimen.role == role);
        let regimen = given(RegimenRole::Investigational).or_else(|| given(RegimenRole::Placebo))?;
        let cohort = match cohort {
            Some(id) => Some(protocol.cohort(id)?),
            None => None,
        };
        Some(Self::made_of(regimen, cohort))
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
