//! Decides which rows a reader gets: those after the row it has, or, for a row that was lost, from the first row of the
//! incarnation that accounts for it; page by page, so that a long journal needs little memory.

use futures::StreamExt as _;
use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::error::{Refused, Result};
use tonic::Status;

use super::Rows;
use crate::chain::{Chain, Head};
use crate::error::WENT_BACK;
use crate::incarnation::{Place, place_of};
use crate::store::Store;

const PAGE: u32 = 500;

/// The number after which the reader goes on; none where the row is lacking.
pub(super) async fn place(store: &Store, chain: &Chain, after: &Head) -> Result<Option<u64>> {
    Ok(match place_of(store.reader(), chain, after).await? {
        Place::Present => Some(after.number),
        Place::Lost(opened) => Some(opened - 1),
        Place::Lacking => None,
    })
}

pub(super) fn went_back(chain: &Chain, after: &Head) -> Refused {
    WENT_BACK.refuse(format!("this journal of {chain} lacks {after}: it was restored from an older copy"))
}

/// The rows after a number, as a stream of pages.
pub(super) fn rows(store: Store, chain: Chain, after: u64, up_to: u64) -> Rows<pb::Row> {
    let pages = futures::stream::unfold(Some(after), move |after| {
        let (store, chain) = (store.clone(), chain.clone());
        async move {
            let after = after?;
            match store.rows(&chain, after, PAGE).await {
                Ok(rows) => {
                    let last = rows.last()?.head.number;
                    let wanted: Vec<std::result::Result<pb::Row, Status>> = rows
                        .into_iter()
                        .filter(|row| row.head.number <= up_to)
                        .map(|row| Ok(row.into()))
                        .collect();
                    Some((wanted, Some(last).filter(|last| *last < up_to)))
                }
                Err(error) => Some((vec![Err(error.into())], None)),
            }
        }
    });
    pages.flat_map(futures::stream::iter).boxed()
}
