//! Gathers what is wrong with one file, and knows in which line each byte stands.

use std::cell::RefCell;

use crate::finding::{Code, Finding};

/// More findings than a person reads; beyond it they are only noise.
const MOST: usize = 500;
/// Longer quotations from the file help nobody.
const LONGEST_QUOTE: usize = 160;

/// The findings of one file.
pub(super) struct Findings<'t> {
    file: String,
    text: &'t str,
    line_starts: Vec<usize>,
    list: RefCell<Vec<Finding>>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(file: &str, text: &'t str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_breaks).collect();
        Self { file: file.to_owned(), text, line_starts, list: RefCell::default() }
    }

    /// Adds one finding at a byte of the file.
    pub(super) fn add(&self, at: usize, code: Code, block: &str, found: &str, allowed: &str) {
        let mut list = self.list.borrow_mut();
        if list.len() >= MOST {
            return;
        }
        let (line, column) = self.place(at);
        list.push(Finding {
            file: self.file.clone(),
            line,
            column,
            code,
            block: quote(block),
            found: found.to_owned(),
            allowed: allowed.to_owned(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// All findings, in the order of the file, each once.
    pub(super) fn into_list(self) -> Vec<Finding> {
        let mut list = self.list.into_inner();
        list.sort_by(|one, other| {
            (one.line, one.column, one.code).cmp(&(other.line, other.column, other.code))
        });
        list.dedup();
        list
    }

    fn place(&self, at: usize) -> (u32, u32) {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..at).map_or(0, |text| text.chars().count());
        (u32::try_from(line.max(1)).unwrap_or(u32::MAX), u32::try_from(before + 1).unwrap_or(u32::MAX))
    }
}

/// Line and column of a byte of a text, both from 1.
pub(crate) fn place_of(text: &str, at: usize) -> (u32, u32) {
    Findings::new("", text).place(at)
}

/// A quotation of bounded length, without control characters.
pub(super) fn quote(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut quoted: String = clean.take(LONGEST_QUOTE).collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quoted.push_str("...");
    }
    quoted
}
