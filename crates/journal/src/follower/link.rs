//! Decides whether a row is the next after a cursor: pure, so that every order of arrival can be tried.

use crate::chain::{Hash, Head};
use crate::incarnation::Opening;
use crate::row::Row;

/// How a row stands to a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The cursor moves to it.
    Next,
    /// It was passed already.
    Duplicate,
    /// Rows between are missing.
    Gap,
    /// It opens a later incarnation right behind the cursor.
    Opening,
    /// It opens a later incarnation and the cursor's row may be among the lost ones. The source knows: it begins with
    /// this row where its journal is read from a row that it lost.
    Lost,
    /// It cannot stand where it says: the source's journal does not continue what was seen of it.
    Contradiction,
}

/// Compares a row, and what it says if it opens an incarnation, with the cursor.
pub(super) fn link(cursor: &Head, row: &Row, opening: Option<Opening>) -> Link {
    link_heads(cursor, &row.head, &row.previous, opening)
}

/// The same by the row's head and the hash of the row before it.
pub fn link_heads(cursor: &Head, head: &Head, previous: &Hash, opening: Option<Opening>) -> Link {
    let (at, number) = (cursor.number, head.number);
    if head.incarnation < cursor.incarnation {
        return Link::Duplicate;
    }
    if head.incarnation > cursor.incarnation {
        return match opening {
            Some(opening) => link_opening(cursor, previous, opening),
            None => Link::Gap,
        };
    }
    if number == at && head.hash != cursor.hash {
        return Link::Contradiction;
    }
    if number <= at {
        return Link::Duplicate;
    }
    match number == at + 1 {
        true if *previous == cursor.hash => Link::Next,
        true => Link::Contradiction,
        false => Link::Gap,
    }
}

fn link_opening(cursor: &Head, previous: &Hash, opening: Opening) -> Link {
    if *previous != opening.base.hash {
        return Link::Contradiction;
    }
    if *cursor == opening.base {
        return Link::Opening;
    }
    if opening.covers(cursor) { Link::Lost } else { Link::Gap }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;

    fn head(incarnation: u32, number: u64) -> Head {
        Head { incarnation, number, hash: [number as u8 + 100 * incarnation as u8; 32] }
    }

    fn row(at: Head, previous: Head) -> Row {
        Row {
            chain: Chain::Service,
            head: at,
            previous: previous.hash,
            public: vec![],
            private_hash: [0; 32],
        }
    }

    #[test]
    fn rows_of_one_incarnation() {
        let cursor = head(0, 5);
        let mut other = head(0, 5);
        other.hash = [9; 32];
        for (expected, row) in [
            (Link::Next, row(head(0, 6), head(0, 5))),
            (Link::Contradiction, row(head(0, 6), other)),
            (Link::Gap, row(head(0, 7), head(0, 6))),
            (Link::Duplicate, row(head(0, 5), head(0, 4))),
            (Link::Duplicate, row(head(0, 1), Head::default())),
            (Link::Contradiction, row(other, head(0, 4))),
            (Link::Gap, row(head(1, 9), head(0, 5))),
        ] {
            assert_eq!(link(&cursor, &row, None), expected, "{row:?}");
        }
        assert_eq!(link(&Head::default(), &row(head(0, 1), Head::default()), None), Link::Next);
        assert_eq!(link(&head(1, 9), &row(head(0, 10), head(0, 9)), None), Link::Duplicate);
    }

    #[test]
    fn an_opening_follows_its_base_or_accounts_for_the_cursor() {
        // The source had ten rows, was restored to seven, and goes on with eleven.
        let opening = Opening { base: head(0, 7), lost: head(0, 10) };
        let first = row(head(1, 11), head(0, 7));
        let mut forked = head(0, 10);
        forked.hash = [9; 32];
        for (expected, cursor) in [
            (Link::Opening, head(0, 7)),
            (Link::Lost, head(0, 8)),
            (Link::Lost, head(0, 10)),
            (Link::Lost, head(0, 6)),
            (Link::Gap, forked),
            (Link::Gap, head(0, 12)),
            (Link::Duplicate, head(1, 11)),
        ] {
            assert_eq!(link(&cursor, &first, Some(opening)), expected, "{cursor}");
        }
        assert_eq!(link(&head(0, 7), &row(head(1, 11), head(0, 6)), Some(opening)), Link::Contradiction);
    }

    #[test]
    fn rows_written_after_the_restore_may_be_more_than_were_lost() {
        // The source had ten rows, was restored to seven, wrote up to twelve, and goes on with thirteen.
        let opening = Opening { base: head(0, 12), lost: head(0, 10) };
        let first = row(head(1, 13), head(0, 12));
        for (expected, cursor) in
            [(Link::Opening, head(0, 12)), (Link::Lost, head(0, 10)), (Link::Gap, head(0, 11))]
        {
            assert_eq!(link(&cursor, &first, Some(opening)), expected, "{cursor}");
        }
    }
}
