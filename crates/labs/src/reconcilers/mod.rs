//! What comes due by itself: on a timer, without input.

pub mod responses_due;
