//! The client library: how a person's program speaks to the services. It signs each call with the person's short-lived
//! token, gives it a deadline, and does the listener's duty of a Go for the caller (`listener`).

mod acknowledged;
mod again;
mod allocation;
mod badge;
mod baseline;
mod bedside;
mod listener;
pub mod lists;
mod person;
mod settled;

pub(crate) use again::call;
pub use again::{ask, passes};
pub use allocation::{Allocated, Allocation};
pub use badge::Badge;
pub use baseline::complete_baseline;
pub use bedside::{Bedside, NoStart, StartOf};
pub use listener::{Ask, Go, Listener, NotHeard, judge};
pub use person::{Addresses, Authorized, Desk, Person};
pub use settled::{Behind, Heads, SETTLES_WITHIN, behind, heads, settled};
