//! Tests of evaluation, a file a subject; each sentence of the semantics has one named after it.

mod dosing;
mod eligibility;
mod endpoint;
mod escalation;
mod fixtures;
mod laboratory;
mod ladder;
mod planned;
mod reports;
mod response;
mod rules;
mod runs;
mod schedule;
mod time;
mod truth;
mod windows;
