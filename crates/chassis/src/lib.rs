//! The chassis every Holdpoint service stands on: settings, clocks, identity, errors, server stack, life cycle
//! and telemetry. It knows nothing of trials: what a hold, a dose or a subject is belongs to the services.

pub mod client;
pub mod clock;
pub mod config;
pub mod delegation;
pub mod error;
pub mod faults;
pub mod fields;
pub mod identity;
pub mod ids;
pub mod lifecycle;
pub mod metrics;
pub mod operations;
pub mod phi;
pub mod server;
pub mod telemetry;
pub mod tls;
