//! Decides who is calling. A token says who and in which roles; what the roles may do stands next to each rpc in
//! the .proto files and is enforced by [`crate::server`]; what a person may do in one trial is [`crate::delegation`].

mod actor;
mod keyring;
mod role;
mod secret;
mod signer;
mod token;

pub use actor::Actor;
pub use keyring::{ISSUER, Keyring};
pub use role::{Role, UnknownRole};
pub use secret::secret;
pub use signer::{Signer, generate, read_private};
pub use token::{AUDIENCE, Claims, LONGEST_LIFE, USUAL_LIFE};

#[cfg(test)]
mod tests;
