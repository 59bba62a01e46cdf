//! Whether an amount that was given beside the trial's own doses is what the file writes: its unit to the letter,
//! and within its range (format 3.3; nothing is converted).

use rust_decimal::Decimal;

use crate::scalar::{Dose, DoseAmount};

/// How an amount differs from what the file writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsWritten {
    /// The file's unit is another.
    #[error("the file's unit is {unit}")]
    OtherUnit {
        /// `ug/kg/day`
        unit: String,
    },
    /// It lies outside the file's range.
    #[error("the file gives {dose}")]
    OutsideRange {
        /// The dose as written.
        dose: DoseAmount,
    },
}

/// Compares an amount and its unit with a dose of the file, both ends inside. A dose without a number says nothing
/// of either.
///
/// # Errors
/// How it differs.
pub fn judge_given(dose: Option<&Dose>, amount: Decimal, unit: &str) -> Result<(), NotAsWritten> {
    let Some(written) = dose.and_then(Dose::amount) else { return Ok(()) };
    if unit != written.unit_words() {
        return Err(NotAsWritten::OtherUnit { unit: written.unit_words() });
    }
    if (written.least.value()..=written.most.value()).contains(&amount) {
        return Ok(());
    }
    Err(NotAsWritten::OutsideRange { dose: *written })
}
