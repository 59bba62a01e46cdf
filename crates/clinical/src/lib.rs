//! Clinical values that no trial owns: units and measured quantities exact to the last digit, what laboratories print,
//! the analytes with the units they may come in, and grades. Pure: no clock, no I/O, no randomness.

pub mod analyte;
pub mod ctcae;
mod laboratory_unit;
mod printed;
mod quantity;
mod reference_range;
pub mod statistics;
mod unit;

pub use analyte::Analyte;
pub use laboratory_unit::LaboratoryUnit;
pub use printed::{Comparator, Printed};
pub use quantity::Quantity;
pub use reference_range::ReferenceRange;
pub use unit::{InvalidUnit, Unit};
