//! HL7 version 2 as laboratories send it: frames, charsets, messages, results, merges, and the answers they wait for.
//! Pure and without trials: no clock, no I/O. What is read borrows from the text; nothing that is sent makes it panic.

pub mod ack;
pub mod charset;
mod error;
mod escape;
pub mod header;
mod kind;
pub mod merge;
mod message;
pub mod mllp;
pub mod observation;
mod part;
pub mod redact;
pub mod results;
mod separators;
mod time;
mod value;

pub use error::{Condition, Place, Problem};
pub use kind::SegmentId;
pub use message::{LONGEST, Message, Segment};
pub use part::Part;
pub use separators::Separators;
pub use time::{Precision, Time};
pub use value::ValueType;
