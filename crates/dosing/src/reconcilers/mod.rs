//! What comes due by itself: on a timer, without input. A restart decides nothing and voids nothing of a claimed start.

pub mod unclaimed;
pub mod unconfirmed;
