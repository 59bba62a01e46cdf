//! What system tests stand on: a house that runs the real program (`house`), the story that is played in it by people with
//! clients of their own (`story`), what goes wrong and the judge of it (`faults`), journals and rows as the tables hold them
//! (`journal`, `rows`), what processes ask of the kernel (`trace`), bytes that are no message (`raw`); and the hold measured on
//! the same house (`measure`).
//! Nothing here calls a service's code; everything goes over gRPC, the command line, or SQL.

pub mod collector;
pub mod faults;
pub mod house;
pub mod journal;
pub mod measure;
mod play;
pub mod raw;
pub mod rows;
pub mod story;
pub mod trace;

pub use play::play;
