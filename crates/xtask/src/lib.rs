//! The workshop: what keeps the house in order and proves that it stands. `tidy` checks the house rules,
//! `test` runs everything that must pass before a change is taken, `chaos` plays rounds of faults. The binary beside it only reads
//! the command line.

pub mod chaos;
pub mod compose;
pub mod steps;
pub mod test;
pub mod tidy;
