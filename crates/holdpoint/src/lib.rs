//! The binary's library: the services put together in one process (`embedded`) or one a process (`host`), the client
//! library of people's programs (`client`), the ways in for laboratories (`lis`), the suspension board as a document
//! (`board`), the demo, and the command line.

pub mod backup;
pub mod board;
pub mod cli;
pub mod client;
pub mod consistency;
pub mod demo;
pub mod doctor;
pub mod embedded;
pub mod host;
pub mod lis;
pub mod trial_file;
