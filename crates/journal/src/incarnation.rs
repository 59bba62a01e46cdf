//! Decides what a service does that went back in time: it notices that it lacks a row a peer has seen, and goes on in
//! a further incarnation whose first row names the head it continues from and the head that was lost, with numbers
//! above both (holds.md, "A service that went back in time"). What it wrote between the restore and this row stays where
//! it is; a reader that had seen the lost rows goes back to the newest row that both have and reads on from there.

use std::collections::BTreeMap;

use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::error::Result;
use prost::Message as _;
use sea_orm::ConnectionTrait;

use crate::append::Start;
use crate::by::By;
use crate::chain::{Chain, Head, Known};
use crate::error::DbResult as _;
use crate::row::Entry;
use crate::store::{Store, rows, sql};

/// Type of an incarnation's first row.
pub(crate) const INCARNATION_OPENED: &str = "holdpoint.journal.v1.IncarnationOpened";

/// What an incarnation's first row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opening {
    /// The row that it continues from.
    pub base: Head,
    /// The newest row that was lost.
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

    /// Whether a head that the journal lacks is accounted for: it is the one that is named as lost, or before it.
    pub fn covers(&self, head: &Head) -> bool {
        place(head) < place(&self.lost) || *head == self.lost
    }
}

/// An incarnation's first row as it stands in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Where it stands.
    pub head: Head,
    /// Civil time, UTC microseconds since 1970.
    pub at_us: i64,
    /// What it says.
    pub said: Opening,
}

impl Opened {
    /// Whether it accounts for the loss of a row of an earlier incarnation.
    pub fn accounts_for(&self, head: &Head) -> bool {
        self.head.incarnation > head.incarnation && self.said.covers(head)
    }
}

/// How a journal stands to a row that a peer has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It has that very row.
    Present,
    /// It lost the row and says so: the first row, of this number, of the incarnation that accounts for it.
    Lost(u64),
    /// It lacks the row and says nothing of it.
    Lacking,
}

impl Store {
    /// Whether this journal has the row that a peer has seen, or accounts for its loss by an incarnation.
    pub async fn knows(&self, chain: &Chain, head: &Head) -> Result<Known> {
        let place = place_of(self.reader(), chain, head).await?;
        Ok(if place == Place::Lacking { Known::Lacks } else { Known::Known })
    }

    /// Opens a further incarnation of a chain after a peer showed a head that this journal lacks. Its numbers go on
    /// above the lost head. Where the head is known or accounted for already, nothing is changed; answers the head.
    pub async fn open_incarnation(&self, by: &By, chain: &Chain, lost: Head) -> Result<Head> {
        let mut tx = self.begin(by).await?;
        match tx.open_incarnation(chain, lost).await? {
            Some(opened) => tx.commit().await.map(|_| opened),
            None => {
                let head = tx.lock(chain).await?;
                tx.rollback().await?;
                Ok(head)
            }
        }
    }
}

impl Store {
    /// Goes on after a restore of the whole house: every chain of this journal, and the one of no one trial, in a further
    /// incarnation behind its head. What was written after the copy was made nobody remembers, so nothing is named as lost; ids
    /// of rows stay unique for ever, and no reader takes a row of the lost time for one of these. Answers the chains' heads.
    pub async fn restored(&self, by: &By) -> Result<BTreeMap<Chain, Head>> {
        let mut tx = self.begin(by).await?;
        let opened = tx.restored().await?;
        tx.commit().await?;
        Ok(opened)
    }
}

/// The first row of the incarnation that goes on from a chain's head, above it and above what was lost.
pub(crate) fn opening(chain: &Chain, head: Head, lost: Head) -> (Start, Entry) {
    let data = pb::IncarnationOpened { base: Some(head.into()), lost: Some(lost.into()) };
    let entry = Entry::event(chain.clone(), INCARNATION_OPENED, data.encode_to_vec()).critical();
    let (incarnation, number) = next_incarnation(&head, &lost);
    (Start { incarnation, number }, entry)
}

/// Incarnation and number of the first row after a head that a peer has seen was lost: above both.
pub fn next_incarnation(head: &Head, lost: &Head) -> (u32, u64) {
    (head.incarnation.max(lost.incarnation) + 1, head.number.max(lost.number) + 1)
}

/// How this journal stands to a head. A row of the same place with another hash is another row.
pub(crate) async fn place_of<C: ConnectionTrait>(db: &C, chain: &Chain, head: &Head) -> Result<Place> {
    if head.is_none() || rows::row(db, chain, head.number).await?.is_some_and(|row| row.head == *head) {
        return Ok(Place::Present);
    }
    let openings = openings(db, chain).await?;
    let accounting = openings.iter().find(|opened| opened.accounts_for(head));
    Ok(accounting.map_or(Place::Lacking, |opened| Place::Lost(opened.head.number)))
}

/// Where a head stands in the order of all rows a journal ever had.
pub(crate) fn place(head: &Head) -> (u32, u64) {
    (head.incarnation, head.number)
}

/// The first rows of a chain's further incarnations, in order. One that cannot be read accounts for nothing.
pub(crate) async fn openings<C: ConnectionTrait>(db: &C, chain: &Chain) -> Result<Vec<Opened>> {
    let text = "SELECT incarnation, number, hash, public FROM journal_row WHERE chain = $1 AND incarnation > 0 \
                AND kind = $2 ORDER BY number";
    let values = vec![chain.as_str().into(), INCARNATION_OPENED.into()];
    let mut openings = vec![];
    for row in sql::all(db, text, values).await.db("looking for incarnations")? {
        let head = rows::read_head(&row, 0, "journal_row", chain.as_str())?;
        let public: Vec<u8> = row.try_get_by_index(3).db("reading an incarnation's first row")?;
        let envelope = pb::Envelope::decode(public.as_slice()).unwrap_or_default();
        let said = Opening::read(&envelope);
        openings.extend(said.map(|said| Opened { head, at_us: envelope.time_us, said }));
    }
    Ok(openings)
}
