//! Doses: how many and when, how much for this body, and from which lot (semantics 13 to 17). The platform
//! reckons and checks; people prescribe and give.

mod calculator;
mod course;
mod lot;
mod reckon;
mod spacing;

pub use calculator::{Calculated, Unreckonable, calculate};
pub use course::{Course, Injections};
pub use lot::accepts_lot;
pub use reckon::{Basis, Reckoned, Unreckoned, Weighing, Weights, reckon};
pub use spacing::{DoseWindow, NextDose, StartVerdict, Timing, judge_start, last_dose, next_dose, plan};
