//! Body surface by Mosteller, exact to six digits: the root of height (cm) times weight (kg) by 3,600.

use rust_decimal::{Decimal, RoundingStrategy};

/// Digits behind the point of a body surface.
const DIGITS: u32 = 6;

/// The body surface in square meters, rounded half up to six digits; none for values that no body has.
pub fn body_surface_m2(weight_kg: Decimal, height_cm: Decimal) -> Option<Decimal> {
    let bodily = |value: Decimal| value > Decimal::ZERO && value < Decimal::ONE_THOUSAND;
    if !bodily(weight_kg) || !bodily(height_cm) {
        return None;
    }
    let squared = weight_kg.checked_mul(height_cm)?.checked_div(Decimal::from(3_600))?;
    root(squared).map(|root| root.round_dp_with_strategy(DIGITS, RoundingStrategy::MidpointAwayFromZero))
}

/// The square root, cut off behind nine digits: three more than are kept, so that rounding sees them.
fn root(value: Decimal) -> Option<Decimal> {
    const KEPT: u32 = DIGITS + 3;
    let scaled =
        value.checked_mul(Decimal::from(10_u64.pow(KEPT)))?.checked_mul(Decimal::from(10_u64.pow(KEPT)))?;
    let root = u128::try_from(scaled.trunc().mantissa()).ok()?.isqrt();
    Some(Decimal::from_i128_with_scale(i128::try_from(root).ok()?, KEPT).normalize())
}
