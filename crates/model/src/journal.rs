//! A journal, and how a reader follows it: numbered, hashed rows; a cursor with what was seen. Which row may follow which,
//! and what a lost row means, is decided by the journal crate's own rules.

use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::Arc;

use holdpoint_journal::rules::{Link, Opened, Opening, has_reached, link_heads, next_incarnation, went_back};
use holdpoint_journal::{Hash, Head};
use holdpoint_safety::domain as safe;
use safe::ids::{HoldId, InfusionId, PermitId, SubjectId};
use safe::scope::{Activity, Scope};

/// What a row says of a permit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// Claimed.
    Starting,
    /// Acknowledged.
    Heard,
    /// Given back, never claimed.
    Returned,
    /// Void: the word for why, and whether a person's statement stands behind it.
    Voided(&'static str, bool),
    /// The bedside says that it began.
    Started,
    /// Nobody said so in time.
    Unconfirmed,
    /// Over.
    Completed,
}

/// A hold as `HoldPlaced` and `HoldChecked` tell it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HoldTold {
    /// Its id.
    pub id: HoldId,
    /// What it covers.
    pub scope: Scope,
    /// What it stops.
    pub activities: std::collections::BTreeSet<Activity>,
    /// Whether people release it after a service went back in time.
    pub reconciles: bool,
    /// Whether nothing releases it.
    pub permanent: bool,
    /// In words: a reconciliation names the service.
    pub reason: String,
    /// Unsettled permits for infusions, when it was placed.
    pub unsettled: Vec<(PermitId, InfusionId)>,
}

/// What a row tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Of a permit, by the service that asked for it.
    Permit {
        /// The permit.
        permit: PermitId,
        /// Whose.
        subject: SubjectId,
        /// The infusion; absent for an allocation.
        infusion: Option<InfusionId>,
        /// The infusion's number, 0 where the event does not say.
        number: u32,
        /// What.
        said: Said,
    },
    /// Where a subject stands from here on.
    Placed {
        /// The subject.
        subject: SubjectId,
        /// Its site.
        site: &'static str,
        /// Its arm, once shown.
        arm: Option<&'static str>,
    },
    /// A hold was checked.
    HoldChecked(HoldTold),
    /// A hold was placed.
    HoldPlaced(HoldTold),
    /// A hold is effective.
    HoldEffective(HoldId),
    /// A hold was released.
    HoldReleased(HoldId),
    /// Something that no reader of the model acts on.
    Other,
    /// A later incarnation.
    Opened,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Where it stands.
    pub head: Head,
    /// Hash of the row before it.
    pub previous: Hash,
    /// What it tells.
    pub event: Event,
    /// What it says as an incarnation's first row.
    pub opening: Option<Opening>,
}

/// The journal of one service of the trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    rows: Vec<Arc<Row>>,
    /// How often the service was restored: rows written after a restore are other rows, whatever they say.
    pub restores: u8,
}

/// The head stands for every row before it: that is what its hash is for.
impl std::hash::Hash for Journal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.head(), self.restores).hash(state);
    }
}

impl Journal {
    /// The newest row.
    pub fn head(&self) -> Head {
        self.rows.last().map(|row| row.head).unwrap_or_default()
    }

    /// The number of the row appended next.
    pub fn next_number(&self) -> u64 {
        self.head().number + 1
    }

    /// Appends.
    pub fn append(&mut self, event: Event) {
        let head = self.head();
        self.push(head.incarnation, head.number + 1, event, None);
    }

    fn push(&mut self, incarnation: u32, number: u64, event: Event, opening: Option<Opening>) {
        let previous = self.head().hash;
        let mut hasher = DefaultHasher::new();
        (previous, incarnation, number, &event, self.restores).hash(&mut hasher);
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&hasher.finish().to_be_bytes());
        let head = Head { incarnation, number, hash };
        self.rows.push(Arc::new(Row { head, previous, event, opening }));
    }

    /// How it stands to a head that a reader shows.
    pub fn place_of(&self, head: &Head) -> Place {
        if self.has(head) {
            return Place::Present;
        }
        let opened = |row: &Row| Some(Opened { head: row.head, at_us: 0, said: row.opening? });
        let accounting =
            self.rows.iter().filter_map(|row| opened(row)).find(|opened| opened.accounts_for(head));
        accounting.map_or(Place::Lacking, |opened| Place::Lost(opened.head.number))
    }

    /// Whether it has this very row.
    pub fn has(&self, head: &Head) -> bool {
        head.is_none() || self.rows.iter().any(|row| row.head == *head)
    }

    /// Whether it has a row, or accounts for its loss.
    pub fn knows(&self, head: &Head) -> bool {
        self.place_of(head) != Place::Lacking
    }

    /// Goes on after a row was lost that a peer has seen. False: it is known or accounted for.
    pub fn open(&mut self, lost: Head) -> bool {
        if self.knows(&lost) {
            return false;
        }
        let base = self.head();
        let (incarnation, number) = next_incarnation(&base, &lost);
        self.push(incarnation, number, Event::Opened, Some(Opening { base, lost }));
        true
    }

    /// The rows after a number.
    pub fn after(&self, number: u64) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.iter().filter(move |row| row.head.number > number)
    }
}

/// How a journal stands to a row that a peer has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It has that very row.
    Present,
    /// It lost the row and says so, in the row of this number.
    Lost(u64),
    /// It lacks the row and says nothing of it.
    Lacking,
}

/// A reader's place in a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The newest row applied.
    pub head: Head,
    /// Every row applied.
    pub seen: Arc<Vec<Head>>,
    /// The row that could not be applied.
    pub parked: bool,
}

/// What a reader finds next.
#[derive(Clone, Debug)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// The next row.
    Row(Arc<Row>),
    /// The same, which opens a later incarnation.
    Opening(Arc<Row>),
    /// The first row of an incarnation that accounts for the loss of the reader's row.
    Lost(Arc<Row>),
    /// The source lacks the reader's row.
    Lacks,
    /// What the source offers does not follow.
    Contradiction,
}

impl Cursor {
    /// What comes next in the source's journal, read from the journal itself.
    pub fn next(&self, source: &Journal) -> Next {
        let from = match source.place_of(&self.head) {
            Place::Present => self.head.number,
            Place::Lost(first) => first - 1,
            Place::Lacking => return Next::Lacks,
        };
        for row in source.after(from) {
            match link_heads(&self.head, &row.head, &row.previous, row.opening) {
                Link::Duplicate => {}
                Link::Next => return Next::Row(row.clone()),
                Link::Opening => return Next::Opening(row.clone()),
                Link::Lost => return Next::Lost(row.clone()),
                Link::Gap => return Next::Nothing,
                Link::Contradiction => return Next::Contradiction,
            }
        }
        Next::Nothing
    }

    /// Moves on to a row that was applied.
    pub fn moved(&mut self, to: Head) {
        self.head = to;
        Arc::make_mut(&mut self.seen).push(to);
        self.parked = false;
    }

    /// Goes back to the newest row that the source still has; where that is the base of the incarnation, behind its first
    /// row.
    pub fn back(&mut self, source: &Journal, opening: &Row) {
        Arc::make_mut(&mut self.seen).retain(|head| source.has(head));
        self.head = self.seen.last().copied().unwrap_or_default();
        if opening.opening.is_some_and(|said| said.base == self.head) {
            self.moved(opening.head);
        }
    }

    /// Whether it came past a head by way of that very row.
    pub fn has_seen(&self, wanted: &Head) -> bool {
        wanted.is_none() || (has_reached(&self.head, wanted) && self.seen.contains(wanted))
    }

    /// Whether it came as far.
    pub fn has_reached(&self, wanted: &Head) -> bool {
        has_reached(&self.head, wanted)
    }

    /// Whether what the source offers cannot come after what was seen of it.
    pub fn finds_gone_back(&self, offered: &Head) -> bool {
        !self.head.is_none() && went_back(&self.head, offered)
    }
}
