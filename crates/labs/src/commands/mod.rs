//! One file each: its input, its refusals, its `run`. What several share stands here and in `deriving.rs`.

pub mod deriving;
pub mod ingest_results;
pub mod link_subject;
pub mod register_feed;
pub mod resolve_quarantined;
