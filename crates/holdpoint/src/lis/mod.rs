//! The ways in for a laboratory's system: a listener for MLLP, a folder of files, and a feed's client for trying it out. All
//! of them hand messages to labs over gRPC as they came, and say nothing to the laboratory that labs did not commit.

mod client;
mod folder;
mod line;
mod listener;
mod peers;
mod talk;
mod tls;
mod token;

pub use client::{Client, Heard};
pub use folder::{Folder, Looked};
pub use line::{LONGEST, Line};
pub use listener::{Limits, Listener};
pub use peers::{Network, Peers};
pub use tls::{acceptor, connector};
pub use token::Speaks;
