//! What followup keeps: one aggregate a file of `domain`, each with the columns it is found by. The journal's store
//! writes them; the reads that several commands share stand in `load.rs`.

mod load;
mod tables;

pub use holdpoint_copies::holds::standing as standing_holds;
pub use holdpoint_copies::sites::time_zone;
pub use holdpoint_copies::within;
pub use load::*;
pub use tables::*;
