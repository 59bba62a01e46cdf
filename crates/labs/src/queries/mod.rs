//! What can be asked of labs, one file each. Queries see what is stored; they decide nothing.

pub mod count_results;
pub mod get_derived;
pub mod get_feed_health;
pub mod get_trend;
pub mod list_quarantine;
pub mod list_responses;
pub mod list_results;
