//! Backup and restore of a whole house. A backup is one encrypted file: the five databases as they stood at one cut, the keys folder
//! beside them, and a manifest. It is verified before it gets its name. A restore goes into an empty stack only, and every trial
//! comes up held until people release it.

mod archive;
mod checks;
mod content;
mod cut;
mod files;
mod key;
mod manifest;
mod restore;
mod take;
mod verify;

pub use cut::Running;
pub use key::{Key, make as make_key};
pub use manifest::{Manifest, OfService};
pub use restore::{Into, Restored, restore};
pub use take::{From, Taken, take};
pub use verify::{Checked, verify};
