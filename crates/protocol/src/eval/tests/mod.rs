//! Tests of evaluation, a file a subject; each sentence of the semantics has one named after it.

mod eligibility;
mod fixtures;
mod reports;
mod rules;
mod time;
mod truth;
mod windows;
