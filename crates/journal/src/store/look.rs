//! A look at the database before an act: what several questions asked together were answered. What was not among them is
//! asked when it is needed.

use holdpoint_chassis::error::Result;

use super::gathered::Gathered;
use super::{Aggregate, Parked, Questions, Store, Stored};
use crate::by::By;
use crate::chain::{Chain, Head, Known};

/// What was seen in one look.
pub struct Look {
    store: Store,
    seen: Gathered,
}

impl Look {
    pub(super) async fn new(store: Store, questions: Questions) -> Result<Self> {
        let answers = questions.ask(store.reader()).await?;
        let mut seen = Gathered::default();
        answers.keep(&mut seen)?;
        Ok(Self { store, seen })
    }

    /// One aggregate by its id.
    pub async fn get<A: Aggregate>(&self, id: &str) -> Result<Option<Stored<A>>> {
        match self.seen.get(id) {
            Some(known) => Ok(known),
            None => self.store.get(id).await,
        }
    }

    /// The aggregates whose key columns have these values, in the order they were first stored.
    pub async fn find<A: Aggregate>(&self, keys: &[(&str, &str)]) -> Result<Vec<Stored<A>>> {
        match self.seen.found(A::TABLE, &format!("{keys:?}")) {
            Some(known) => Ok(known),
            None => self.store.find(keys).await,
        }
    }

    /// The head of a chain; all zero while it has no row.
    pub async fn head(&self, chain: &Chain) -> Result<Head> {
        match self.seen.head(chain) {
            Some(known) => Ok(known),
            None => self.store.head(chain).await,
        }
    }

    /// How far a peer's chain was applied; all zero where nothing was.
    pub async fn cursor(&self, source: &str, chain: &Chain) -> Result<Head> {
        match self.seen.cursor(source, chain) {
            Some(known) => Ok(known),
            None => self.store.cursor(source, chain).await,
        }
    }

    /// The parked row of a peer's chain, where there is one.
    pub async fn parked(&self, source: &str, chain: &Chain) -> Result<Option<Parked>> {
        match self.seen.none_parked(source, chain) {
            true => Ok(None),
            false => self.store.parked(source, chain).await,
        }
    }

    /// Whether this journal has the row that a peer has seen, or accounts for its loss by an incarnation.
    pub async fn knows(&self, chain: &Chain, head: &Head) -> Result<Known> {
        match self.seen.has_row(chain, head) {
            true => Ok(Known::Known),
            false => self.store.knows(chain, head).await,
        }
    }

    /// The kept answer to this act's request: none the first time.
    pub async fn answered(&self, by: &By) -> Result<Option<Vec<u8>>> {
        match self.seen.not_answered(by) {
            true => Ok(None),
            false => self.store.answered(by).await,
        }
    }
}
