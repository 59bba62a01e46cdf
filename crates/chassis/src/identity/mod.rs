//! Decides who is calling. A token says who and in which roles; what the roles may do stands next to each rpc in
//! the .proto files and is enforced by [`crate::server`]; what a person may do in one trial is [`crate::delegation`].

mod actor;
mod role;

pub use actor::Actor;
pub use role::{Role, UnknownRole};
