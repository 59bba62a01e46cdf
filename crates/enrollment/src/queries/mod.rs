//! What people may ask of enrollment, one file each. Whoever asks needs a delegation as whoever acts does.

pub mod get_randomization_list;
pub mod get_subject;
pub mod get_trial;
pub mod list_flags;
pub mod list_subjects;

/// Part of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// After this place; 0 from the beginning.
    pub after: i64,
    /// At most so many.
    pub size: u32,
}
