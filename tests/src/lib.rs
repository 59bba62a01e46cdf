//! What system tests stand on: a house that runs the real program (`house`), the story that is played in it by people with
//! clients of their own (`story`), what goes wrong and the judge of it (`faults`), journals as their tables hold them
//! (`journal`), what processes ask of the kernel (`trace`), and bytes that are no message (`raw`).
//! Nothing here calls a service's code; everything goes over gRPC, the command line, or SQL.

pub mod faults;
pub mod house;
pub mod journal;
mod play;
pub mod raw;
pub mod story;
pub mod trace;

pub use play::play;
