//! The crate as its callers see it: trial files in, typed values, findings and sentences out.

#![expect(clippy::unwrap_used, reason = "a test that can not set itself up fails")]

mod amendment;
mod explained;
mod fuzz;
mod hash;
mod refusals;
mod shelf;
mod trials;
