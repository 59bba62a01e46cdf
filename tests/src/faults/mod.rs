//! Faults on the running system, and the judge of what people heard meanwhile: the history of every call and answer
//! (`history`), the rules that know nothing of how a service works (`checker`), the end of a history (`close`), and rounds of
//! faults on a standing house (`chaos`). Lines that can be cut stand in `house::Link`; steps at which a process ends are
//! `holdpoint_chassis::faults`.
//!
//! Where each fault of the list is played (all in `scenarios/`):
//!
//! | fault | where |
//! |---|---|
//! | F1 to F4, kill -9 at a step | `faults_steps` |
//! | F5, kill -9 of anything at any time | `chaos`, run by `cargo xtask chaos` |
//! | F6, F7, one request id many times | `faults_repeats` |
//! | F8, power cuts: the log is flushed before an answer leaves | `durability` |
//! | F8, power cuts on disks that forget what was not flushed | `faults_power`, on `house::Disk` |
//! | F8, F13, the bus loses what it had | `faults_bus` |
//! | F9 to F11, replayed, reordered, repeated events | `faults_bus` |
//! | F12, bus down | `faults_bus`; `evening`, with NATS down from five to nine |
//! | F15, F16, the database gone, read-only, locked | `faults_database` |
//! | F17, disk full | `faults_disk` |
//! | F18, partitions, both ways and one | `faults_partition` |
//! | F19, F20, clocks and pauses | `faults_clocks` |
//! | F24, one service restored from an older copy | `going_back` |
//! | F25, poison events | `faults_bus`; a garbled row in `parked` |

pub mod chaos;
pub mod checker;
mod close;
pub mod history;
mod index;
pub mod seen;

pub use close::close;
