//! Whether everybody has heard everything: each service's cursor of each other's journal equals that journal's head.
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

/// How soon heads and cursors are compared again: soon at first, then more seldom, for each look is work for the services too.
const PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

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
    let asked = ROOMS.iter().map(|room| behind_in(reader, room, heads));
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

/// Where one service has not come up to the given heads.
async fn behind_in(reader: &Person, room: &Room, heads: &Heads) -> anyhow::Result<Vec<Behind>> {
    let journal = reader.journals.get(room.name).with_context(|| format!("no journal of {}", room.name))?;
    let answer = journal.clone().cursors(CursorsRequest::default()).await;
    let answer = answer.with_context(|| format!("cursors of {}", room.name))?.into_inner();
    let cursors: Heads =
        answer.cursors.into_iter().map(|c| ((c.source, c.chain), c.head.unwrap_or_default())).collect();
    let followed =
        heads.iter().filter(|((source, _), head)| head.number > 0 && room.follows.contains(&source.as_str()));
    let is_behind =
        |chain: &ChainOf, head: &Head| !cursors.get(chain).is_some_and(|at| has_come_up(at, head));
    let behind = followed.filter(|(chain, head)| is_behind(chain, head)).map(|(chain, head)| {
        let at = cursors.get(chain).map_or(0, |head| head.number);
        let (source, chain) = chain.clone();
        Behind { reader: room.name.to_owned(), source, chain, at, head: head.number }
    });
    Ok(behind.collect())
}

/// Whether a reader stands at a head, or past it: the head was read before the cursor, and rows are written meanwhile.
fn has_come_up(at: &Head, head: &Head) -> bool {
    at == head || (at.incarnation, at.number) > (head.incarnation, head.number)
}

/// Waits until every cursor equals its head, and nothing was written meanwhile. A service that does not answer is waited for too.
pub async fn settled(reader: &Person, patience: Duration) -> anyhow::Result<()> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    let mut waiting = Waiting::default();
    let mut pause = PAUSE;
    loop {
        let up = waiting.up;
        let looked = waiting.look(reader).await;
        if matches!(looked, Ok(None)) {
            return Ok(());
        }
        if clock.since(&begun) > patience {
            let why = looked?.unwrap_or_default();
            bail!("the services did not settle within {} s: {why}", patience.as_secs());
        }
        pause = if waiting.up == up { (pause * 2).min(LONGEST_PAUSE) } else { PAUSE };
        tokio::time::sleep(pause).await;
    }
}

/// Heads that everybody is waited for, one service after the other: who has come up to them stays there.
#[derive(Default)]
struct Waiting {
    heads: Option<Heads>,
    up: usize,
}

impl Waiting {
    /// Why it is not settled; none when it is.
    async fn look(&mut self, reader: &Person) -> anyhow::Result<Option<String>> {
        let awaited = match self.heads.take() {
            Some(awaited) => awaited,
            None => heads(reader).await?,
        };
        while let Some(room) = ROOMS.get(self.up) {
            let behind = behind_in(reader, room, &awaited).await;
            if !matches!(&behind, Ok(none) if none.is_empty()) {
                self.heads = Some(awaited);
                return Ok(behind?.first().map(ToString::to_string));
            }
            self.up += 1;
        }
        self.up = 0;
        let still = heads(reader).await?;
        if still == awaited {
            return Ok(None);
        }
        self.heads = Some(still);
        Ok(Some("the journals keep growing".to_owned()))
    }
}
