//! What comes due by itself: on a timer, without input. What a process that was off did not see is found at its first
//! look, the oldest first.

pub mod due;
