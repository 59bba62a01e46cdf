//! Whether everybody has heard everything: each service's cursor of each other's journal has come up to that journal's head.
//! Civil time may only be moved on in that state (architecture, "Three clocks").

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::future::try_join_all;
use holdpoint_api::common::v1::Head;
use holdpoint_api::journal::v1::{CursorsRequest, HeadsRequest};
use holdpoint_chassis::clock::MachineClock;

use super::Person;
use crate::host::{ROOMS, Room};

/// How soon services that are behind are asked again: soon at first, then more seldom, for each look is work for them too.
const PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How long the services of a story may take to do what came due and tell each other everything, machine time. One may be away for
/// a while.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(120);

/// A chain of a service: ("dosing", "pgf-msc").
type ChainOf = (String, String);

/// Where every chain of every service stands.
pub type Heads = BTreeMap<ChainOf, Head>;

/// A reader that has not applied all of a source's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Who reads.
    pub reader: String,
    /// Whose journal.
    pub source: String,
    /// The trial, or "-".
    pub chain: String,
    /// The last row applied.
    pub at: u64,
    /// The last row there is.
    pub head: u64,
}

impl std::fmt::Display for Behind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reader, source, chain, at, head } = self;
        write!(f, "{reader} is at row {at} of {head} of {source}, chain {chain}")
    }
}

/// Head of every chain of every service. The reader needs the role of an auditor.
pub async fn heads(reader: &Person) -> anyhow::Result<Heads> {
    let asked = reader.journals.iter().map(|(service, journal)| async move {
        let answer = journal.clone().heads(HeadsRequest::default()).await;
        let answer = answer.with_context(|| format!("heads of {service}"))?.into_inner();
        let heads = answer.heads.into_iter();
        anyhow::Ok(
            heads
                .map(|chain| ((service.clone(), chain.chain), chain.head.unwrap_or_default()))
                .collect::<Vec<_>>(),
        )
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

/// Every reader that has not come up to the given heads.
pub async fn behind(reader: &Person, heads: &Heads) -> anyhow::Result<Vec<Behind>> {
    let stands = try_join_all(ROOMS.iter().map(|room| stand(reader, room))).await?;
    Ok(ROOMS.iter().zip(&stands).flat_map(|(room, stand)| stand.behind(room, heads)).collect())
}

/// Where a service stands.
struct Stand {
    /// How far it has read the others' chains.
    at: Heads,
    /// How far its own go, read after that.
    own: Heads,
}

async fn stand(reader: &Person, room: &Room) -> anyhow::Result<Stand> {
    let journal = reader.journals.get(room.name).with_context(|| format!("no journal of {}", room.name))?;
    let answer = journal.clone().cursors(CursorsRequest::default()).await;
    let answer = answer.with_context(|| format!("cursors of {}", room.name))?.into_inner();
    let own = answer.heads.into_iter();
    Ok(Stand {
        at: answer.cursors.into_iter().map(|c| ((c.source, c.chain), c.head.unwrap_or_default())).collect(),
        own: own.map(|c| ((room.name.to_owned(), c.chain), c.head.unwrap_or_default())).collect(),
    })
}

impl Stand {
    /// Where the service has not come up to the given heads.
    fn behind(&self, room: &Room, heads: &Heads) -> Vec<Behind> {
        let followed = heads
            .iter()
            .filter(|((source, _), head)| head.number > 0 && room.follows.contains(&source.as_str()));
        let is_behind =
            |chain: &ChainOf, head: &Head| !self.at.get(chain).is_some_and(|at| has_come_up(at, head));
        let behind = followed.filter(|(chain, head)| is_behind(chain, head)).map(|(chain, head)| {
            let at = self.at.get(chain).map_or(0, |head| head.number);
            let (source, chain) = chain.clone();
            Behind { reader: room.name.to_owned(), source, chain, at, head: head.number }
        });
        behind.collect()
    }
}

/// Whether a reader stands at a head, or past it: the head was read before the cursor, and rows are written meanwhile.
fn has_come_up(at: &Head, head: &Head) -> bool {
    at == head || (at.incarnation, at.number) > (head.incarnation, head.number)
}

/// Waits until everybody has come up to everybody's head. A service that does not answer is waited for too.
///
/// Each service's heads are read after its cursors, and what it writes because of a row is committed together with that
/// row's cursor: where everyone has come up to every head, nobody has anything left to write because of another. So who
/// has come up is not asked again, unless another's head has moved.
pub async fn settled(reader: &Person, patience: Duration) -> anyhow::Result<()> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    let mut waiting = Waiting::default();
    let mut pause = PAUSE;
    loop {
        let before = waiting.behind;
        let looked = waiting.look(reader).await;
        if matches!(looked, Ok(None)) {
            return Ok(());
        }
        if clock.since(&begun) > patience {
            let why = looked?.unwrap_or_default();
            bail!("the services did not settle within {} s: {why}", patience.as_secs());
        }
        pause = if waiting.behind == before { (pause * 2).min(LONGEST_PAUSE) } else { PAUSE };
        tokio::time::sleep(pause).await;
    }
}

/// What is known of each service so far, and how many chains somebody was behind in.
#[derive(Default)]
struct Waiting {
    stands: BTreeMap<&'static str, Stand>,
    behind: usize,
}

impl Waiting {
    /// Asks those of whom nothing is known or who are behind. Answers why it is not settled; none when it is.
    async fn look(&mut self, reader: &Person) -> anyhow::Result<Option<String>> {
        let heads = self.heads();
        let is_asked =
            |room: &&Room| self.stands.get(room.name).is_none_or(|at| !at.behind(room, &heads).is_empty());
        let asked: Vec<&Room> = ROOMS.iter().filter(is_asked).collect();
        let stands = try_join_all(asked.iter().map(|room| stand(reader, room))).await?;
        self.stands.extend(asked.iter().map(|room| room.name).zip(stands));
        let heads = self.heads();
        let behind = ROOMS.iter().filter_map(|room| Some(self.stands.get(room.name)?.behind(room, &heads)));
        let behind: Vec<Behind> = behind.flatten().collect();
        self.behind = behind.len();
        Ok(behind.first().map(ToString::to_string))
    }

    fn heads(&self) -> Heads {
        self.stands.values().flat_map(|stand| stand.own.clone()).collect()
    }
}
