//! The title page: what the study is, who runs it, and where its text comes from.

use super::Head;

/// `[study]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Study {
    /// Section, label and assumptions.
    pub head: Head,
    /// The prose keys in the order of the file: phase, design, condition, sponsor and so on.
    pub particulars: Vec<(String, Vec<String>)>,
    /// The periods the paper prints.
    pub timeline: Vec<TimelinePeriod>,
}

/// One period of the planned course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelinePeriod {
    /// Its first day.
    pub from: jiff::civil::Date,
    /// Its last day, not before the first.
    pub to: jiff::civil::Date,
    /// What is planned.
    pub what: String,
}

/// `[source]`: what a `ref` may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The sections of the paper.
    pub sections: Vec<String>,
    /// Keys and what they stand for, in the order of the file.
    pub works: Vec<(String, String)>,
}
