//! The protocol of holds and permits, explored: the very transition functions of safety, dosing and enrollment,
//! with the listener at the bedside, between messages that are lost, doubled, overtaken and late, and services that die, are
//! cut off and are restored. Development only; `cargo xtask model` runs it (docs/holds.md, "Properties").

pub mod action;
pub mod assumption;
pub mod config;
pub mod dosing;
pub mod enrollment;
pub mod explore;
pub mod journal;
pub mod model;
pub mod mutation;
pub mod names;
pub mod normal;
pub mod path;
pub mod peers;
pub mod property;
pub mod safety;
pub mod state;
pub mod step;
pub mod witness;
