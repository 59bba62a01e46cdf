//! Clinical values that no trial owns: units and measured quantities, exact to the last digit.
//! Pure: no clock, no I/O, no randomness.

mod quantity;
pub mod statistics;
mod unit;

pub use quantity::Quantity;
pub use unit::{InvalidUnit, Unit};
