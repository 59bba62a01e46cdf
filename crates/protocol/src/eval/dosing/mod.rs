//! Doses: how many and when, how much for this body, and from which lot (semantics 13 to 17). The platform
//! reckons and checks; people prescribe and give.

mod calculator;
mod course;
mod first;
mod given;
mod lot;
mod reckon;
mod spacing;
mod start;

pub use calculator::{Calculated, Unreckonable, calculate};
pub use course::{Course, Injections, NoCourse};
pub use first::first_from;
pub use given::{NotAsWritten, judge_given};
pub use lot::accepts_lot;
pub use reckon::{Basis, Reckoned, Unreckoned, Weighing, Weights, is_fresh, reckon};
pub use spacing::{DoseWindow, Doses, NextDose, NotDated, last_dose};
pub use start::{NotNow, StartVerdict, Timing};
