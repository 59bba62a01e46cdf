//! Reads how a dose is divided over injections, and checks that they add up (semantics 42).

use rust_decimal::Decimal;

use super::block::Block;
use crate::finding::Code;
use crate::model::Inject;
use crate::scalar::{Dose, DoseAmount};

/// `inject = { each, number, ... }`; the other keys are prose.
pub(super) fn read(block: &Block<'_>) -> Inject {
    let Some(inner) = block.inner("inject") else { return Inject::default() };
    let prose: Vec<&str> = inner.table.entries.iter().map(|entry| entry.key.as_str()).collect();
    let prose: Vec<&str> = prose.into_iter().filter(|key| !["each", "number"].contains(key)).collect();
    Inject {
        each: inner.scalar("each"),
        number: inner.count("number"),
        particulars: inner.particulars(&prose),
    }
}

/// `number` times `each` is the dose, to within the one unit that dividing a whole number may cost.
pub(super) fn check_sum(block: &Block<'_>, inject: &Inject, dose: Option<&Dose>) {
    let (Some(each), Some(number), Some(dose)) = (inject.each, inject.number, dose) else {
        return;
    };
    let fits = each.amount().zip(dose.amount()).is_some_and(|(each, dose)| add_up(each, number, dose));
    if !fits {
        let found = format!("injections do not add up to the dose: {number} of {each} and {dose}");
        block.find_at("inject", Code::DoesNotFit, found, "number times each is the dose");
    }
}

fn add_up(each: &DoseAmount, number: u32, dose: &DoseAmount) -> bool {
    let sum = each.most.value().checked_mul(Decimal::from(number));
    let off = sum.and_then(|sum| sum.checked_sub(dose.most.value()));
    each.unit == dose.unit && off.is_some_and(|off| off.abs() <= Decimal::ONE)
}
