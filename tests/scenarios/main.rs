//! System tests over the real program: the evening before on every kind of house and in every trouble, starts that race a hold,
//! are retried or that nobody confirmed, services that went back in time, journals that were tampered with, callers that do everything
//! wrong, and a stranger's Python client.

mod abuse;
mod cast;
mod evening;
mod going_back;
mod parked;
mod python;
mod races;
mod starts;
mod tampering;
mod trouble;
mod whole;
