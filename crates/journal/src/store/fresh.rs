//! Decides what is kept in memory of rows that were just committed, so that the relay need not read them: few and small. What is
//! not kept is in the journal.

use std::sync::{Mutex, PoisonError};

use crate::row::Row;

/// More than this is left in the journal.
const BYTES: usize = 256 * 1024;

/// Rows since they were taken last.
#[derive(Default)]
pub(super) struct Fresh {
    rows: Mutex<(Vec<Row>, usize)>,
}

impl Fresh {
    /// Keeps rows, or nothing of all that were kept where they become too many.
    pub(super) fn add(&self, rows: Vec<Row>) {
        let mut kept = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1 += rows.iter().map(size).sum::<usize>();
        if kept.1 > BYTES {
            *kept = (vec![], 0);
        } else {
            kept.0.extend(rows);
        }
    }

    /// Takes out what is kept.
    pub(super) fn take(&self) -> Vec<Row> {
        let mut kept = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept).0
    }
}

/// About what a row takes in memory.
fn size(row: &Row) -> usize {
    row.public.len() + std::mem::size_of::<Row>()
}
