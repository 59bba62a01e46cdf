//! Decides what a service does that went back in time: it notices that it lacks a row a peer has seen, and goes on in
//! a new incarnation whose first row names the head it continues from and the head that was lost, with numbers above
//! both (holds.md, "A service that went back in time").

use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::error::Result;
use prost::Message as _;
use sea_orm::ConnectionTrait;

use crate::append::{self, Start};
use crate::by::By;
use crate::chain::{Chain, Head, Known};
use crate::error::{DbResult as _, StoredDataInconsistent, commit_failed};
use crate::row::{Entry, Row};
use crate::store::{Store, rows, sql};

/// Type of an incarnation's first row.
pub(crate) const INCARNATION_OPENED: &str = "holdpoint.journal.v1.IncarnationOpened";

/// What an incarnation's first row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opening {
    pub base: Head,
    pub lost: Head,
}

impl Opening {
    /// Reads it from an envelope, where the envelope is one of an incarnation's first row.
    pub(crate) fn read(envelope: &pb::Envelope) -> Option<Self> {
        if envelope.r#type != INCARNATION_OPENED {
            return None;
        }
        let opened = pb::IncarnationOpened::decode(envelope.data.as_deref()?).ok()?;
        let base = Head::try_from(opened.base.unwrap_or_default()).ok()?;
        let lost = Head::try_from(opened.lost.unwrap_or_default()).ok()?;
        Some(Self { base, lost })
    }

    /// Whether a head that a peer has seen is among the rows that were lost and are accounted for.
    pub(crate) fn accounts_for(&self, head: &Head) -> bool {
        self.base.number < head.number && (head.number < self.lost.number || *head == self.lost)
    }
}

impl Store {
    /// Whether this journal has the row that a peer has seen, or accounts for its loss by an incarnation.
    pub async fn knows(&self, chain: &Chain, head: &Head) -> Result<Known> {
        let place = place_of(self.reader(), chain, head).await?;
        Ok(if place.is_some() { Known::Known } else { Known::Lacks })
    }

    /// Opens a new incarnation of a chain after a peer showed a head that this journal lacks. Its numbers go on above
    /// the lost head. Where the head is known or accounted for already, nothing is changed; answers the head.
    pub async fn open_incarnation(&self, by: &By, chain: &Chain, lost: Head) -> Result<Head> {
        let txn = self.transaction().await?;
        let head = append::lock(&txn, chain).await?;
        if place_of(&txn, chain, &lost).await?.is_some() {
            txn.rollback().await.db("letting the chain's head go")?;
            return Ok(head);
        }
        let data = pb::IncarnationOpened { base: Some(head.into()), lost: Some(lost.into()) };
        let entry = Entry::event(chain.clone(), INCARNATION_OPENED, data.encode_to_vec()).critical();
        let start = Start {
            incarnation: head.incarnation.max(lost.incarnation) + 1,
            number: head.number.max(lost.number) + 1,
        };
        let opened = append::onto(&txn, self.service(), by, head, start, vec![entry], None).await?;
        txn.commit().await.map_err(commit_failed)?;
        self.ring();
        Ok(opened)
    }
}

/// The number after which a reader goes on that has come to `head`; none where this journal lacks it.
pub(crate) async fn place_of<C: ConnectionTrait>(db: &C, chain: &Chain, head: &Head) -> Result<Option<u64>> {
    if head.is_none() {
        return Ok(Some(0));
    }
    if rows::row(db, chain, head.number).await?.is_some_and(|row| row.head == *head) {
        return Ok(Some(head.number));
    }
    let Some(first) = first_after(db, chain, head.incarnation).await? else { return Ok(None) };
    let envelope = first.envelope().map_err(|cause| {
        StoredDataInconsistent::fault("journal_row", "public", format!("{chain}/{}", first.head), cause)
    })?;
    let accounted = Opening::read(&envelope).is_some_and(|opening| opening.accounts_for(head));
    Ok(accounted.then_some(first.head.number - 1))
}

/// The first row of a later incarnation.
async fn first_after<C: ConnectionTrait>(db: &C, chain: &Chain, incarnation: u32) -> Result<Option<Row>> {
    let text = "SELECT MIN(number) FROM journal_row WHERE chain = $1 AND incarnation > $2";
    let values = vec![chain.as_str().into(), i64::from(incarnation).into()];
    let row = sql::one(db, text, values).await.db("looking for a later incarnation")?;
    let number: Option<i64> = match row {
        Some(row) => row.try_get_by_index(0).db("reading an incarnation's first row")?,
        None => None,
    };
    match number {
        Some(number) => rows::row(db, chain, sql::unsigned(number)).await,
        None => Ok(None),
    }
}
