//! The crate as its callers see it: trial files in, typed values, findings and sentences out.

mod amendment;
mod fuzz;
mod hash;
mod refusals;
mod shelf;
mod trials;
