//! The pure part: names, and what a hold stops for whom.

pub mod hold;
pub mod ids;
