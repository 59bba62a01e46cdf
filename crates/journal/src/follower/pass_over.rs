//! Decides how rows are passed that a service makes nothing of: whoever does not read a kind says so once, and from then on the
//! cursor moves past such rows in one statement. Nothing rests on that statement having reached the disk: after a crash of the
//! database the rows are read again.

use std::sync::PoisonError;

use holdpoint_chassis::error::Result;

use super::Follower;
use super::apply::Via;
use super::link::{Link, link};
use crate::chain::{Chain, Head};
use crate::row::Row;
use crate::store::cursors;

impl Follower {
    /// Passes rows of kinds that the service does not read, and duplicates. Answers the cursor, or none where a transaction has to
    /// look at them: it decides everything that is not plain here.
    pub(super) async fn pass_over(&self, chain: &Chain, rows: &[Row], via: Via) -> Result<Option<Head>> {
        let inner = &self.inner;
        let Some(from) = self.stood(chain).filter(|_| via != Via::JournalAgain) else { return Ok(None) };
        let (mut cursor, mut passed) = (from, vec![]);
        for row in rows {
            match link(&cursor, row, None) {
                Link::Duplicate => continue,
                Link::Next if self.is_passed(row) => {
                    cursor = row.head;
                    passed.push(row.head);
                }
                _ => return Ok(None),
            }
        }
        if passed.is_empty() {
            return Ok(Some(from).filter(|_| via == Via::Bus));
        }
        if inner.store.is_sqlite()
            || !cursors::pass_over(inner.store.writer(), (&inner.source, chain), &from, &passed).await?
        {
            return Ok(None);
        }
        self.stands(chain, Some(cursor));
        Ok(Some(cursor))
    }

    /// Whether nothing is to be made of a row that is what its hash says.
    fn is_passed(&self, row: &Row) -> bool {
        let Ok(envelope) = self.checked(row) else { return false };
        let unread = || self.inner.unread.lock().unwrap_or_else(PoisonError::into_inner);
        envelope.data.is_none() || unread().contains(&envelope.r#type)
    }

    /// The service does not read events of this type.
    pub(super) fn is_not_read(&self, kind: &str) {
        let mut unread = self.inner.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if !unread.contains(kind) {
            unread.insert(kind.to_owned());
        }
    }

    /// Where the cursor stood when it was moved here last. Another copy of the service may have moved it since.
    pub(super) fn stood(&self, chain: &Chain) -> Option<Head> {
        self.inner.stood.lock().unwrap_or_else(PoisonError::into_inner).get(chain).copied()
    }

    /// Keeps where the cursor stands; none where that is not plain.
    pub(super) fn stands(&self, chain: &Chain, at: Option<Head>) {
        let mut stood = self.inner.stood.lock().unwrap_or_else(PoisonError::into_inner);
        match at {
            Some(head) => stood.insert(chain.clone(), head),
            None => stood.remove(chain),
        };
        drop(stood);
        if at.is_some() {
            self.inner.moved.send_replace(());
        }
    }
}
