//! The client library: how a person's program speaks to the services. It signs each call with the person's short-lived
//! token, gives it a deadline, and does the listener's duty of a Go for the caller (`listener`).

mod acknowledged;
mod allocation;
mod badge;
mod bedside;
mod listener;
mod person;
mod settled;

pub use allocation::{Allocated, Allocation};
pub use badge::Badge;
pub use bedside::{Bedside, NoStart, StartOf};
pub use listener::{Ask, Go, Listener, NotHeard};
pub use person::{Addresses, Authorized, Desk, Person};
pub use settled::{heads, settled};
