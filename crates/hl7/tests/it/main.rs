//! Whole messages: the public ones where they are at hand, our own, and what chance makes of them.

mod corpus;
mod public;
mod reading;
