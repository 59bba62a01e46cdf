//! The server stack over a real connection: what a caller, an attacker and an operator meet.

mod abuse;
mod calls;
mod clocks;
mod ends;
mod process;
mod stub;
