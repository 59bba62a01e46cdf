//! What a process needs to run services: which there are, their keys, where their data and their bus are, and the start of
//! one of them. One service a process and all in one process run this same code.

mod backing;
mod keys;
mod migrate;
mod operations;
mod room;
mod run;
mod stores;
mod verify;

pub use backing::{jetstream, open_bus, store_url};
pub use keys::{Keys, make_missing};
pub use migrate::migrate;
pub use operations::operations;
pub use room::{ROOMS, Room, loader, names, room};
pub use run::{Process, serve};
pub use stores::Stores;
pub use verify::{Verified, open_stores, verify_all};
