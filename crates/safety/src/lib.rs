//! Safety owns adverse events, rules, holds, permits, alerts, reporting obligations and board decisions.

pub mod domain;
